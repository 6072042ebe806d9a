"""Reads one thing of BigCommerce as it is now."""

from crm.errors import Rejected
from crm.events import BuyerErased, Event, LookUp, Noted, OrderDeleted, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import ApiAccess, Home
from crm.storefronts._bigcommerce.gathering import WITH_LINES, gather
from crm.storefronts._bigcommerce.interface import digits, get, one_of, rows_of
from crm.storefronts._bigcommerce.orders import read_order
from crm.storefronts._bigcommerce.people import read_customer, read_subscriber
from crm.storefronts._bigcommerce.statuses import GONE

CUSTOMER_PARTS = "addresses,formfields"


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
        return OrderDeleted(Version(asked.at, GONE, asked.digest), number)
    (whole,) = gather(api, [answer.body])
    return read_order(whole, home)


def _customer(api: ApiAccess, home: Home, number: str, asked: Version) -> Event:
    asked_for = {"id:in": number, "include": CUSTOMER_PARTS}
    rows = rows_of(get(api, "v3/customers", **asked_for))
    if not rows:
        return BuyerErased(Version(asked.at, 1, asked.digest), number)
    return read_customer(rows[0], home)


def _subscriber(api: ApiAccess, number: str) -> Event:
    answer = get(api, f"v3/customers/subscribers/{number}")
    if answer.status == 404:
        return Noted(mark("a subscriber taken off the list, without a word who it was"))
    return read_subscriber(one_of(answer))
