"""Walks customers and reviews by id, since WooCommerce finds neither by their last change."""

from datetime import UTC, datetime, timedelta
from typing import Any

from crm.storefronts import ApiAccess, Asked
from crm.storefronts._fields import read_moment
from crm.storefronts._http import Answer
from crm.storefronts._odd_rows import plain
from crm.storefronts._woo.interface import check, get
from crm.storefronts._woo.paging import (
    Mark,
    Shelf,
    fetch,
    next_shelf,
    read_mark,
    step_by_id,
    write_mark,
)

# `all` are those shown or waiting for approval.
_REVIEWS = ("all", "spam", "trash")
# A bound on reviews is compared with site time; no zone lies further from UTC.
_FURTHEST_ZONE = timedelta(hours=14)


def read_customers(api: ApiAccess, asked: Asked) -> Shelf:
    """Read one page of customers. Raises Rejected or Unavailable.

    Changes cannot be asked for: with `since` the newest customers come first, until a page holds
    nobody who came or changed after it.
    """
    mark = read_mark(asked.bookmark, Mark("all"))
    order = "desc" if asked.since else "asc"
    query = {"role": "all", "orderby": "id", "order": order}
    batch = fetch(lambda more: _ask(api, "customers", query | more, mark), mark)
    following = step_by_id(mark, batch, -1 if asked.since else 1)
    rows = batch.rows
    if asked.since:
        since = asked.since
        rows = [row for row in rows if _is_since(row, since)]
        following = following if rows else None
    total = batch.total if asked.bookmark is None and not asked.since else None
    return Shelf(rows, write_mark(following, batch), total)


def read_reviews(api: ApiAccess, asked: Asked) -> Shelf:
    """Read one page of reviews, those in the spam and the trash last; `since` counts from posting.

    Raises Rejected or Unavailable.
    """
    first = Mark(_REVIEWS[0])
    mark = read_mark(asked.bookmark, first)
    query = {"status": mark.status, "orderby": "id", "order": "asc", "context": "edit"}
    if asked.since:
        after = asked.since.astimezone(UTC) - _FURTHEST_ZONE
        query["after"] = f"{after:%Y-%m-%dT%H:%M:%S}Z"
    batch = fetch(lambda more: _ask(api, "products/reviews", query | more, mark), mark)
    following = step_by_id(mark, batch) or next_shelf(_REVIEWS, mark, first)
    total = batch.total if asked.bookmark is None else None
    return Shelf(batch.rows, write_mark(following, batch), total)


def _ask(api: ApiAccess, place: str, query: dict[str, str], mark: Mark) -> Answer:
    answer = get(api, place, **query, offset=str(mark.seen))
    check(api, answer)
    return answer


def _is_since(row: Any, since: datetime) -> bool:
    """Tell whether somebody came or changed since; who does not say is taken along."""
    row = plain(row)
    if not isinstance(row, dict):
        return True
    said = (row.get("date_created_gmt"), row.get("date_modified_gmt"))
    moments = [moment for one in said if (moment := read_moment(one, naive_is_utc=True))]
    return not moments or max(moments) >= since
