"""Reads pages and single things of the interface through the readers that webhooks use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crm.errors import Rejected
from crm.events import BuyerErased, Event, LookUp, OrderDeleted, ReviewDeleted, Version
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, Asked, Home, Page, Picture
from crm.storefronts._odd_rows import OddRow
from crm.storefronts._woo import id_pages, order_pages, orders, people, reviews
from crm.storefronts._woo.arrival import Arrival, digest_of
from crm.storefronts._woo.consents import with_consent
from crm.storefronts._woo.interface import check, digits, get, is_gone
from crm.storefronts._woo.paging import Shelf, id_of

# For the few things that carry no date: anything else we know of them is newer.
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where a kind of thing is found and who reads it."""

    place: str
    topic: str
    read: Callable[[Arrival, Home], Event]
    gone: Callable[[Version, str], Event]
    context: str = "view"


_ORDER = _Kind("orders", "order.updated", orders.read_order, OrderDeleted)
_CUSTOMER = _Kind("customers", "customer.updated", people.read_customer, BuyerErased)
_REVIEW = _Kind("products/reviews", "review.created", reviews.read_review, ReviewDeleted, "edit")
_KINDS = {"order": _ORDER, "customer": _CUSTOMER, "review": _REVIEW}
_FEEDS: Mapping[str, tuple[_Kind, Callable[[ApiAccess, Asked], Shelf]]] = {
    "customers": (_CUSTOMER, id_pages.read_customers),
    "orders": (_ORDER, order_pages.read),
    "reviews": (_REVIEW, id_pages.read_reviews),
}


def read_page(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page of a feed. Raises Rejected or Unavailable."""
    kind, read = _FEEDS[asked.feed]
    shelf = read(api, asked)
    pictures = tuple(_picture(row, kind, home) for row in shelf.rows)
    return Page(pictures, shelf.bookmark, shelf.total)


def look_up(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    """Read one thing; what is not there any more was deleted. Raises Rejected or Unavailable."""
    kind = _KINDS[wanted.kind]
    answer = get(api, f"{kind.place}/{digits(wanted.external_id)}", context=kind.context)
    if is_gone(answer):
        return (kind.gone(Version(wanted.version.at, orders.GONE), wanted.external_id),)
    check(api, answer)
    return _events(answer.body, kind, home)


def _picture(row: Any, kind: _Kind, home: Home) -> Picture:
    external_id = str(id_of(row) or "?")
    if isinstance(row, OddRow):
        return Picture(external_id, fault=row.reason)
    try:
        return Picture(external_id, _events(row, kind, home))
    except Rejected as fault:
        return Picture(external_id, fault=fault.reason)


def _events(row: Any, kind: _Kind, home: Home) -> tuple[Event, ...]:
    if not isinstance(row, dict):
        raise Rejected(_("The storefront's answer is not a JSON object."))
    arrival = Arrival(kind.topic, row, _UNDATED, digest_of(row))
    return with_consent(kind.read(arrival, home), arrival)
