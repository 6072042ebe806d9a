"""Leads from page to page while a shop goes on changing what the pages hold."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts._http import Answer, Broken, TooLarge
from crm.storefronts._odd_rows import plain
from crm.storefronts._woo.interface import rows_of, total_of

# A hundred orders with all that plugins hang on them may be more than we read at once.
_SIZES = (100, 20, 4, 1)


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
    """Write where to go on, with pages no larger than the last; None is the end."""
    if mark is None:
        return None
    return json.dumps(asdict(replace(mark, size=batch.size)), separators=(",", ":"))


def fetch(ask: Callable[[int], Answer], mark: Mark) -> Batch:
    """Ask for a page, for a smaller one where it is too large for us or for the shop's memory."""
    sizes = [size for size in _SIZES if size <= mark.size] or [_SIZES[-1]]
    for size in sizes[:-1]:
        try:
            return _batch(ask(size), size, mark.seen)
        except (TooLarge, Broken):
            continue
    return _batch(ask(sizes[-1]), sizes[-1], mark.seen)


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
    overlap = 1 if batch.size > 1 else 0
    return replace(mark, seen=mark.seen + batch.size - overlap, last=ids[-1] if ids else 0)


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
