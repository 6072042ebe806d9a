"""Leads from page to page while a shop goes on changing what the pages hold."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts._http import Answer, Broken, TooLarge
from crm.storefronts._odd_rows import OddRow, plain
from crm.storefronts._woo.interface import rows_of, total_of

# A hundred orders with all that plugins hang on them may be more than we read at once.
_SIZES = (100, 20, 4, 1)
# What is enough to name a thing and to go on behind it.
_BARE = "id,date_created_gmt,date_modified_gmt"


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a reading stands.

    `status`: which shelf is read; `since`: from which second on, GMT; `by_id`: what is read by id
    instead, one `second` or all the `rest`; `seen`: how many rows of that were passed; `last`: the
    id of the row before; `size`: how many rows are asked for.
    """

    status: str
    since: str = ""
    by_id: str = ""
    seen: int = 0
    last: int = 0
    size: int = _SIZES[0]


@dataclass(frozen=True, slots=True)
class Batch:
    """One answer's rows; `more` tells whether others follow, `size` how many were asked for."""

    rows: list[Any]
    more: bool
    size: int
    total: int | None
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of raw rows, the bookmark of the next and, on the first, how many there are."""

    rows: list[Any]
    bookmark: str | None
    total: int | None


def read_mark(bookmark: str | None, first: Mark) -> Mark:
    """Read a bookmark of ours, none being the first page."""
    if bookmark is None:
        return first
    try:
        mark = Mark(**json.loads(bookmark))
    except (TypeError, ValueError):
        raise Rejected(_("The bookmark is not one of ours; start from the beginning.")) from None
    return mark


def write_mark(mark: Mark | None, batch: Batch) -> str | None:
    """Write where to go on; None is the end.

    Pages stay as small as the last, but after a thing that cannot be shown they are whole again.
    """
    if mark is None:
        return None
    size = _SIZES[0] if batch.is_bare else batch.size
    return json.dumps(asdict(replace(mark, size=size)), separators=(",", ":"))


def fetch(ask: Callable[[dict[str, str]], Answer], mark: Mark) -> Batch:
    """Ask for a page, for a smaller one where it is too large for us or for the shop's memory.

    A thing that cannot be shown even alone becomes an odd row with no more than its id and times.
    """
    for size in [size for size in _SIZES if size <= mark.size] or _SIZES[-1:]:
        try:
            return _batch(ask({"per_page": str(size)}), size, mark.seen)
        except (TooLarge, Broken) as no:
            fault = no
    bare = _batch(ask({"per_page": "1", "_fields": _BARE}), 1, mark.seen)
    reason = _("The storefront cannot show this (%(fault)s)", fault=fault.reason)
    return replace(bare, rows=[OddRow(reason, plain(row)) for row in bare.rows], is_bare=True)


def step_by_id(mark: Mark, batch: Batch, sign: int = 1) -> Mark | None:
    """Go on in rows ordered by id, falling with `sign` -1; None at the end.

    Each page starts with the last row of the one before. If it does not, rows further up have gone
    and others slipped up unseen: half a page is read again.
    """
    ids = [number for row in batch.rows if (number := id_of(row))]
    if mark.last and ids and (ids[0] - mark.last) * sign > 0 and batch.size > 1:
        return replace(mark, seen=max(0, mark.seen - batch.size // 2), last=0)
    if not batch.more:
        return None
    if batch.size == 1:
        return replace(mark, seen=mark.seen + 1, last=0)
    return replace(mark, seen=mark.seen + batch.size - 1, last=ids[-1] if ids else 0)


def next_shelf(shelves: tuple[str, ...], mark: Mark, first: Mark) -> Mark | None:
    """Start the next shelf where the first was started; None after the last."""
    place = shelves.index(mark.status) + 1
    return replace(first, status=shelves[place]) if place < len(shelves) else None


def id_of(row: Any) -> int | None:
    """Read the number of a row, also of an odd one."""
    row = plain(row)
    number = row.get("id") if isinstance(row, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _batch(answer: Answer, size: int, skipped: int) -> Batch:
    rows, total = rows_of(answer), total_of(answer)
    more = len(rows) >= size if total is None else total > skipped + size
    return Batch(rows, more, size, total)
