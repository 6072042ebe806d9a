"""Walks orders by the time of their last change, never by page numbers, and the trash after them.

An order that changes meanwhile moves to the end and is met again there. A second with more orders
than a page holds (an import, a change of many at once) is read by id, and so is all the rest where
a shop does not put its orders into the order asked for.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, Asked
from crm.storefronts._fields import read_moment
from crm.storefronts._http import Answer
from crm.storefronts._odd_rows import plain
from crm.storefronts._woo.interface import check, get
from crm.storefronts._woo.paging import (
    Batch,
    Mark,
    Shelf,
    fetch,
    next_shelf,
    read_mark,
    step_by_id,
    write_mark,
)

# WooCommerce leaves the trash out of `any`.
_SHELVES = ("any", "trash")
_SECOND = timedelta(seconds=1)


def read(api: ApiAccess, asked: Asked) -> Shelf:
    """Read one page of orders, oldest change first. Raises Rejected or Unavailable."""
    first = Mark(_SHELVES[0], _written(asked.since) if asked.since else "")
    mark = read_mark(asked.bookmark, first)
    batch = fetch(lambda more: _ask(api, mark, more), mark)
    following = _by_id(mark, batch) if mark.by_id else _onward(mark, batch)
    if following is None:
        following = next_shelf(_SHELVES, mark, first)
    total = batch.total if asked.bookmark is None else None
    return Shelf(batch.rows, write_mark(following, batch), total)


def _ask(api: ApiAccess, mark: Mark, more: dict[str, str]) -> Answer:
    # Both bounds are exclusive. They carry no zone: with one, WordPress would turn them into site
    # time and then compare that with GMT.
    params = {
        "status": mark.status,
        "orderby": "id" if mark.by_id else "modified",
        "order": "asc",
        "dates_are_gmt": "true",
    }
    if mark.since:
        params["modified_after"] = _shifted(mark.since, -_SECOND)
    if mark.by_id:
        params["offset"] = str(mark.seen)
    if mark.by_id == "second":
        params["modified_before"] = _shifted(mark.since, _SECOND)
    answer = get(api, "orders", **params, **more)
    check(api, answer)
    return answer


def _onward(mark: Mark, batch: Batch) -> Mark | None:
    """Go on at the last change seen, which is read again; None at the end of the shelf."""
    if not batch.more:
        return None
    seconds = [second for row in batch.rows if (second := _changed(row))]
    if not seconds:
        raise Rejected(_("The storefront does not say when its orders were changed."))
    if seconds != sorted(seconds):
        return replace(mark, by_id="rest")
    if seconds[-1] > mark.since:
        return replace(mark, since=seconds[-1])
    return replace(mark, by_id="second")


def _by_id(mark: Mark, batch: Batch) -> Mark | None:
    """Go on by id; after a second with the next, after the rest with the next shelf."""
    following = step_by_id(mark, batch)
    if following is None and mark.by_id == "second":
        return Mark(mark.status, _shifted(mark.since, _SECOND))
    return following


def _changed(row: Any) -> str | None:
    row = plain(row)
    said = row.get("date_modified_gmt") if isinstance(row, dict) else None
    moment = read_moment(said, naive_is_utc=True)
    return _written(moment) if moment else None


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def _shifted(second: str, by: timedelta) -> str:
    return _written(datetime.fromisoformat(second).replace(tzinfo=UTC) + by)
