"""Lists in pages: `?limit=` up to 200 and an opaque `?cursor=` that goes on where a page ended."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from crm.api.wire import fields
from crm.errors import Rejected
from crm.i18n import gettext as _

MOST, USUAL = 200, 50
Row = TypeVar("Row")


class PageForm(fields.Form):
    """The two parameters of every list."""

    limit = fields.QueryWhole(1, MOST, load_default=USUAL)
    cursor = fields.Text(longest=300, load_default=None)


def page(rows: Iterable[Row], limit: int, key: Callable[[Row], Any], shape: Any) -> dict[str, Any]:
    """Make the answer of a list from up to `limit` + 1 rows; `key` says where it ended."""
    found = list(rows)
    shown = found[:limit]
    more = len(found) > limit
    return {
        "items": [shape(row) for row in shown],
        "next": write_cursor(key(shown[-1])) if more and shown else None,
    }


def write_cursor(key: Any) -> str:
    """Write where a page ended; readers must not look inside."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> Any:
    """Read where to go on, None for the first page. Raises Rejected for anything else."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise bad_cursor() from None


def read_id_cursor(cursor: str | None) -> int | None:
    """Read a cursor that is an id. Raises Rejected."""
    key = read_cursor(cursor)
    if key is not None and (
        isinstance(key, bool) or not isinstance(key, int) or key.bit_length() > 62
    ):
        raise bad_cursor()
    return key


def bad_cursor() -> Rejected:
    """Make the refusal of a cursor that no list of ours gave."""
    reason = _("The cursor is not one that this list gave.")
    return Rejected(reason, {"cursor": _("Send back the `next` of the page before.")})
