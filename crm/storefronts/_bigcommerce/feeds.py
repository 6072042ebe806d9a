"""Lists BigCommerce's orders, customers and subscribers by their time of change.

Pages have numbers only. So a page is left where its last time of change is later than where it
began: the next begins there. Only what changed within one second is paged through.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from marshmallow import ValidationError

from crm.errors import Rejected
from crm.events import Event
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, Asked, Home, Page, Picture
from crm.storefronts._bigcommerce.forms import MailDate
from crm.storefronts._bigcommerce.gathering import WITH_LINES, gather, number_of
from crm.storefronts._bigcommerce.interface import MOST_ROWS, get, must_get, rows_of, total_of
from crm.storefronts._bigcommerce.lookups import CUSTOMER_PARTS
from crm.storefronts._bigcommerce.orders import read_order
from crm.storefronts._bigcommerce.people import read_customer, read_subscriber
from crm.storefronts._http import Answer, TooLarge
from crm.storefronts._odd_rows import OddRow, plain

# Each shipped or discounted order costs a call more, of 150 in half a minute on the smaller plans;
# and forty orders of a wholesaler may be more than we read at once.
_ORDERS = (40, 5, 1)
_PEOPLE = (MOST_ROWS, 25, 1)
# Whether a minimum is within or without is written down nowhere.
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where a reading stands: which list, from which second on, which page of that.

    `size`: how many things a page had to be cut down to, 0 for the usual number.
    """

    shelf: str
    since: str | None
    page: int = 1
    size: int = 0


def read_page(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page; the subscribers, who carry the consents, follow the customers."""
    since = asked.since.isoformat() if asked.since else None
    shelf = asked.feed if asked.feed in ("customers", "orders") else ""
    if not shelf:
        raise Rejected(_("BigCommerce shows no reviews."))
    mark = _read_mark(asked.bookmark) or _Mark(shelf, since)
    reader = {"orders": _orders, "customers": _customers, "subscribers": _subscribers}[mark.shelf]
    page, following = reader(api, home, mark)
    if following is None and mark.shelf == "customers":
        following = _Mark("subscribers", since)
    bookmark = json.dumps(asdict(following)) if following else None
    return Page(page, bookmark, _total(api, mark) if asked.bookmark is None else None)


def _orders(api: ApiAccess, home: Home, mark: _Mark) -> tuple[tuple[Picture, ...], _Mark | None]:
    params = {"sort": "date_modified:asc", **WITH_LINES}
    if mark.since:
        params["min_date_modified"] = _from(mark.since)
    rows, read = _fetch(partial(get, api, "v2/orders", **params), mark, _ORDERS)
    wholes = gather(api, rows)
    pictures = tuple(_picture(whole.order, partial(read_order, whole, home)) for whole in wholes)
    return pictures, _next(read, rows)


def _customers(api: ApiAccess, home: Home, mark: _Mark) -> tuple[tuple[Picture, ...], _Mark | None]:
    params = {"sort": "date_modified:asc", "include": CUSTOMER_PARTS, **_after(mark)}
    rows, read = _fetch(partial(get, api, "v3/customers", **params), mark, _PEOPLE)
    pictures = tuple(_picture(row, partial(read_customer, row, home)) for row in rows)
    return pictures, _next(read, rows)


def _subscribers(
    api: ApiAccess, _home: Home, mark: _Mark
) -> tuple[tuple[Picture, ...], _Mark | None]:
    """Read subscribers, whom the interface does not sort: by page number alone."""
    ask = partial(get, api, "v3/customers/subscribers", **_after(mark))
    rows, read = _fetch(ask, mark, _PEOPLE)
    pictures = tuple(_picture(row, partial(read_subscriber, row)) for row in rows)
    return pictures, replace(read, page=read.page + 1) if len(rows) >= read.size else None


def _after(mark: _Mark) -> dict[str, str]:
    return {"date_modified:min": _from(mark.since)} if mark.since else {}


def _fetch(
    ask: Callable[..., Answer], mark: _Mark, sizes: tuple[int, ...]
) -> tuple[list[Any], _Mark]:
    """Ask for a page, for a smaller one where the answer is too large; gives what was read."""
    begun = mark.size or sizes[0]
    passed = (mark.page - 1) * begun
    for size in [size for size in sizes if size <= begun]:
        page = passed // size + 1
        try:
            answer = ask(limit=str(size), page=str(page))
        except TooLarge:
            if size == sizes[-1]:
                raise
            continue
        return rows_of(answer), replace(mark, page=page, size=size)
    raise _not_ours()


def _picture(row: Any, read: Callable[[], Event]) -> Picture:
    number = number_of(row) or "?"
    if isinstance(row, OddRow):
        return Picture(number, fault=row.reason)
    try:
        return Picture(number, (read(),))
    except Rejected as no:
        return Picture(number, fault=no.reason)


def _next(read: _Mark, rows: list[Any]) -> _Mark | None:
    """Go on where the last change of a full page was, or through more of the same second."""
    if len(rows) < read.size:
        return None
    times = [at for row in rows if (at := _changed_at(row))]
    last = max(times, default=None)
    began = datetime.fromisoformat(read.since) if read.since else None
    if last is not None and (began is None or last > began):
        return _Mark(read.shelf, last.isoformat())
    return replace(read, page=read.page + 1)


def _changed_at(row: Any) -> datetime | None:
    row = plain(row)
    said = row.get("date_modified") if isinstance(row, dict) else None
    try:
        found: datetime | None = MailDate().deserialize(said)
    except ValidationError:
        return None
    return found


def _total(api: ApiAccess, mark: _Mark) -> int | None:
    """Count what there is to read, once; where that is not told there is no interface."""
    if mark.shelf == "orders":
        asked = {"min_date_modified": _from(mark.since)} if mark.since else {}
        body = must_get(api, "v2/orders/count", **asked).body
        count = body.get("count") if isinstance(body, dict) else None
        return count if isinstance(count, int) and not isinstance(count, bool) else None
    places = ("v3/customers", "v3/customers/subscribers")
    totals = [total_of(must_get(api, place, limit="1", **_after(mark))) for place in places]
    return sum(total or 0 for total in totals) if None not in totals else None


def _from(since: str) -> str:
    at = datetime.fromisoformat(since).astimezone(UTC) - _SECOND
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _read_mark(bookmark: str | None) -> _Mark | None:
    if bookmark is None:
        return None
    try:
        mark = _Mark(**json.loads(bookmark))
        if mark.since is not None:
            datetime.fromisoformat(mark.since)
        is_ours = mark.shelf in ("orders", "customers", "subscribers") and mark.page > 0
    except (TypeError, ValueError):
        is_ours = False
    if not is_ours:
        raise _not_ours()
    return mark


def _not_ours() -> Rejected:
    return Rejected(_("The bookmark is not one of ours; start from the beginning."))
