"""Reads one thing of BigCommerce as it is now."""

from datetime import timedelta

from crm.errors import NotFound, Rejected, Unavailable
from crm.events import BuyerErased, Event, LookUp, Noted, OrderDeleted, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import ApiAccess, Home
from crm.storefronts._bigcommerce.gathering import WITH_LINES, gather
from crm.storefronts._bigcommerce.interface import digits, get, must_get, one_of, rows_of
from crm.storefronts._bigcommerce.orders import read_order
from crm.storefronts._bigcommerce.people import read_customer, read_subscriber
from crm.storefronts._bigcommerce.statuses import GONE
from crm.storefronts._http import Answer, http_date

CUSTOMER_PARTS = "addresses,formfields"
# News may come before the thing can be read everywhere; an erasure is not to be had back.
_PATIENCE = timedelta(minutes=10)


def look_up(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    """Read what only its number came of; what is gone is said so."""
    number = digits(wanted.external_id)
    if wanted.kind == "order":
        return (_order(api, home, number, wanted.version),)
    if wanted.kind == "customer":
        return (_customer(api, home, number, wanted.version),)
    if wanted.kind == "subscriber":
        return (_subscriber(api, number),)
    raise Rejected(_("BigCommerce shows no reviews."))


def _order(api: ApiAccess, home: Home, number: str, asked: Version) -> Event:
    answer = get(api, f"v2/orders/{number}", **WITH_LINES)
    if answer.status == 404:
        _be_patient(answer, asked)
        return _archived(api, number, asked)
    (whole,) = gather(api, [answer.body])
    return read_order(whole, home)


def _archived(api: ApiAccess, number: str, asked: Version) -> OrderDeleted:
    """Tell an order that was archived from one that is not of this store. Raises NotFound."""
    only = {"min_id": number, "max_id": number, "is_deleted": "true"}
    if not rows_of(get(api, "v2/orders", **only)):
        raise NotFound(_("BigCommerce has no order %(number)s.", number=number))
    return OrderDeleted(Version(asked.at, GONE, asked.digest), number)


def _customer(api: ApiAccess, home: Home, number: str, asked: Version) -> Event:
    asked_for = {"id:in": number, "include": CUSTOMER_PARTS}
    answer = must_get(api, "v3/customers", **asked_for)
    rows = rows_of(answer)
    if not rows:
        _be_patient(answer, asked)
        return BuyerErased(Version(asked.at, 1, asked.digest), number)
    return read_customer(rows[0], home)


def _subscriber(api: ApiAccess, number: str) -> Event:
    answer = get(api, f"v3/customers/subscribers/{number}")
    if answer.status == 404:
        return Noted(mark("a subscriber taken off the list, without a word who it was"))
    return read_subscriber(one_of(answer))


def _be_patient(answer: Answer, asked: Version) -> None:
    """Ask again later before something counts as gone; clocks that differ wildly say nothing.

    Raises Unavailable.
    """
    seen_at = http_date(answer.headers.get("date"))
    if seen_at and abs(seen_at - asked.at) < _PATIENCE:
        raise Unavailable(_("BigCommerce does not show it yet."), _PATIENCE.total_seconds())
