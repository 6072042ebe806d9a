"""Lists Medusa's orders and customers by the time of their last change, and reads one of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from crm.errors import Rejected
from crm.events import BuyerErased, Event, LookUp, Noted, OrderDeleted, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import ApiAccess, Asked, Home, Page, Picture
from crm.storefronts._fields import read_moment
from crm.storefronts._medusa import interface, orders, people
from crm.storefronts._medusa.people import rows
from crm.storefronts._neutral.pictures import customer_picture, order_picture
from crm.storefronts._neutral.walk import Step, first_step, next_bookmark, times_of

_MOST_DAYS = 366

_Reader = Callable[[dict[str, Any]], tuple[Event, ...]]


@dataclass(frozen=True, slots=True)
class _Listing:
    """One list of the interface, what is shown of a thing, and how many make a page."""

    name: str
    fields: str
    most: int
    only: dict[str, str] = field(default_factory=dict)


_ORDERS = _Listing("orders", orders.FIELDS, 50)
# A guest's row is made while she still fills her cart; her order tells who she is.
_CUSTOMERS = _Listing("customers", people.FIELDS, 100, {"has_account": "true"})


def read(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page. Raises Rejected for what Medusa cannot list, and Unavailable.

    A capture leaves an order's `updated_at` alone, so orders that changed in the last
    `look_back_days` are always read again.
    """
    if asked.feed == "reviews":
        raise Rejected(_("Medusa keeps no reviews."))
    if asked.feed == "customers":
        step = first_step(asked, asked.since)
        return _read(api, _CUSTOMERS, step, lambda one: _customer(one, home))
    since = asked.since and asked.since - timedelta(days=_look_back(api))
    return _read(api, _ORDERS, first_step(asked, since), lambda one: _order(one, home))


def look_up(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    """Read one order or customer as it is now; what is gone is said so."""
    if wanted.kind == "review":
        raise Rejected(_("Medusa keeps no reviews."))
    listing = _ORDERS if wanted.kind == "order" else _CUSTOMERS
    name = checked_id(wanted.external_id)
    body = interface.read(api, f"{listing.name}/{name}", fields=listing.fields)
    if body is not None:
        found = body.get(wanted.kind)
        if not isinstance(found, dict):
            raise Rejected(_("The storefront's answer is not what its interface gives."))
        return _order(found, home) if wanted.kind == "order" else _customer(found, home)
    version = Version(wanted.version.at, 1, wanted.version.digest)
    if wanted.kind == "order":
        return (OrderDeleted(version, name),)
    return (BuyerErased(version, name),)


def checked_id(external_id: str) -> str:
    """Refuse what is no id of Medusa's: it becomes a part of an address."""
    if not external_id.replace("_", "").isalnum() or not external_id.isascii():
        raise Rejected(_("This is not an id of the storefront."))
    return external_id


def _read(api: ApiAccess, listing: _Listing, step: Step, read_one: _Reader) -> Page:
    body = interface.read(api, listing.name, **_params(listing, step)) or {}
    things = rows(body, listing.name)
    counted = body.get("count")
    total = counted if isinstance(counted, int) else None
    full = len(things) == listing.most
    bookmark = next_bookmark(step, times_of(things, "updated_at"), full=full, total=total)
    pictures = tuple(_picture(one, read_one) for one in things)
    return Page(pictures, bookmark, total if step.total is None else step.total)


def _params(listing: _Listing, step: Step) -> dict[str, str]:
    params = {
        "fields": listing.fields,
        "order": "updated_at",  # by two fields the server answers with an error
        "limit": str(listing.most),
        "offset": str(step.skip),
        **listing.only,
    }
    return params if step.at is None else {**params, "updated_at[$gte]": _text(step.at)}


def _picture(one: dict[str, Any], read_one: _Reader) -> Picture:
    name = str(one.get("id", ""))
    try:
        return Picture(name, read_one(one))
    except Rejected as no:
        return Picture(name, fault=no.reason)


def _order(order: dict[str, Any], home: Home) -> tuple[Event, ...]:
    if order.get("status") == "draft":
        return (Noted(mark("a draft that is not ordered yet")),)
    told = orders.tell_order(order, home.options.get("birthday_key", ""))
    return (order_picture(told, home, _time(order)),)


def _customer(customer: dict[str, Any], home: Home) -> tuple[Event, ...]:
    if customer.get("has_account") is not True:
        return (Noted(mark("a guest: known by her orders")),)
    told = people.tell_account(customer, home.options.get("birthday_key", ""))
    return (customer_picture(told, home, _time(customer)),)


def _time(thing: dict[str, Any]) -> datetime:
    moment = read_moment(thing.get("updated_at"))
    if moment is None:
        raise Rejected(_("The storefront's answer has no time where one belongs."))
    return moment


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def _look_back(api: ApiAccess) -> int:
    text = api.options.get("look_back_days", "").strip()
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1
    if not 0 <= days <= _MOST_DAYS:
        raise Rejected(_("The option %(name)s must be a whole number.", name="look_back_days"))
    return days
