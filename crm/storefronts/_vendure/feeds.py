"""Lists Vendure's orders and customers, and reads one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from crm.errors import Rejected
from crm.events import BuyerErased, Event, LookUp, Noted, OrderDeleted, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import ApiAccess, Asked, Home, Page, Picture
from crm.storefronts._fields import read_moment
from crm.storefronts._neutral.pictures import customer_picture, order_picture
from crm.storefronts._neutral.walk import Step, first_step, next_bookmark, times_of
from crm.storefronts._vendure.interface import ask, number
from crm.storefronts._vendure.orders import FIELDS as ORDER
from crm.storefronts._vendure.orders import tell_order
from crm.storefronts._vendure.people import FIELDS as CUSTOMER
from crm.storefronts._vendure.people import rows, tell_account, with_custom

_MOST_ORDERS, _MOST_CUSTOMERS = 25, 100
# A guest's row is made while she still fills her basket; her order tells who she is.
_GUEST = mark("a guest: known by her orders")

_Reader = Callable[[dict[str, Any]], tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class _Listing:
    """One list of the interface: its options' type, what is shown of a thing, its order."""

    name: str
    kind: str
    fields: str
    by: str
    most: int


def read(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page. Raises Rejected for what Vendure cannot list, and Unavailable."""
    if asked.feed == "reviews":
        raise Rejected(_("Vendure keeps no reviews."))
    return (_orders if asked.feed == "orders" else _customers)(api, home, asked)


def look_up(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    """Read one order or customer as it is now; what is gone is said so."""
    if wanted.kind == "review":
        raise Rejected(_("Vendure keeps no reviews."))
    fields = with_custom(ORDER if wanted.kind == "order" else CUSTOMER, api.options)
    text = f"query($id: ID!) {{ found: {wanted.kind}(id: $id) {{ {fields} }} }}"
    found = ask(api, text, {"id": wanted.external_id}).get("found")
    if isinstance(found, dict):
        return _order(api, found, home) if wanted.kind == "order" else _customer(found, home)
    version = Version(wanted.version.at, 1, wanted.version.digest)
    if wanted.kind == "order":
        return (OrderDeleted(version, wanted.external_id),)
    return (BuyerErased(version, wanted.external_id),)


def _orders(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read orders by the time they were placed.

    Vendure's `updatedAt` of an order does not move when it is paid, sent or refunded, so the
    orders of the last `look_back_days` are always read again.
    """
    since = asked.since and asked.since - timedelta(days=number(api, "look_back_days", 0, 366))
    listing = _Listing("orders", "OrderListOptions", ORDER, "orderPlacedAt", _MOST_ORDERS)
    return _read(api, listing, first_step(asked, since), lambda one: _order(api, one, home))


def _customers(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read customer records by the time they last changed."""
    listing = _Listing("customers", "CustomerListOptions", CUSTOMER, "updatedAt", _MOST_CUSTOMERS)
    return _read(api, listing, first_step(asked, asked.since), lambda one: _customer(one, home))


def _order(api: ApiAccess, order: dict[str, Any], home: Home) -> tuple[Event, ...]:
    if order.get("type") == "Seller":
        return (Noted(mark("a part of an order that is split among sellers")),)
    if not order.get("orderPlacedAt"):
        return (Noted(mark("a basket that is not ordered yet")),)
    told = tell_order(order, number(api, "money_places", 0, 4))
    return (order_picture(told, home, _time(order, "orderPlacedAt")),)


def _customer(customer: dict[str, Any], home: Home) -> tuple[Event, ...]:
    if not customer.get("user"):
        return (Noted(_GUEST),)
    told = tell_account(customer)
    return (customer_picture(told, home, _time(customer, "updatedAt")),)


def _read(api: ApiAccess, listing: _Listing, step: Step, read: _Reader) -> Page:
    text = (
        f"query($options: {listing.kind}) {{ found: {listing.name}(options: $options)"
        f" {{ totalItems items {{ {with_custom(listing.fields, api.options)} }} }} }}"
    )
    by, most = listing.by, listing.most
    wanted = {"after": _text(step.after)} if step.after else {"isNull": False}
    options = {"take": most, "skip": step.skip, "sort": {by: "ASC", "id": "ASC"}}
    found = ask(api, text, {"options": {**options, "filter": {by: wanted}}}).get("found")
    things = rows(found, "items")
    counted = found.get("totalItems") if isinstance(found, dict) else None
    bookmark = next_bookmark(step, times_of(things, by), full=len(things) == most, total=counted)
    total = counted if step.total is None else step.total
    return Page(tuple(_picture(one, read) for one in things), bookmark, total)


def _picture(one: dict[str, Any], read: _Reader) -> Picture:
    name = str(one.get("id", ""))
    try:
        return Picture(name, read(one))
    except Rejected as no:
        return Picture(name, fault=no.reason)


def _time(thing: dict[str, Any], name: str) -> datetime:
    moment = read_moment(thing.get(name))
    if moment is None:
        raise Rejected(_("The storefront's answer has no time where one belongs."))
    return moment


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
