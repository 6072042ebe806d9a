"""Says what a Shopify webhook means: one function a topic."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from crm import strict_json
from crm.errors import Rejected
from crm.events import BuyerErased, Event, LookUp, Noted, OrderDeleted, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import Home, Hook
from crm.storefronts._fields import load, read_moment, unreadable
from crm.storefronts._shopify import orders, parcels, people, privacy, refunds
from crm.storefronts._shopify.forms import Arrival, GoneForm

Reader = Callable[[Arrival, Home], tuple[Event, ...]]

_ID = re.compile(r"(?:gid://shopify/[A-Za-z]{1,40}/)?([0-9]{1,20})")
# The order and the customers of Shopify's own test notifications.
_SAMPLES = {"820982911946154508", "706405506930370084", "115310627314723954"}


def read(hook: Hook, topic: str, delivery_id: str, home: Home) -> tuple[Event, ...]:
    """Read one webhook. Raises Rejected when it cannot be understood."""
    thing = strict_json.loads(hook.body)
    if not isinstance(thing, dict):
        raise Rejected(_("The body is not a JSON object."))
    if _is_sample(hook, thing):
        return (Noted(mark("a test notification"), {"topic": topic}),)
    digest = hashlib.sha256(hook.body).hexdigest()
    arrival = Arrival(topic, thing, _told_at(hook), digest, delivery_id)
    reader = _READERS.get(topic)
    return reader(arrival, home) if reader else (_noted(topic),)


def plain_id(value: Any) -> str | None:
    """Read an id that may be spelled `gid://shopify/Order/1001`."""
    found = _ID.fullmatch(str(value)) if isinstance(value, str | int) else None
    return found[1] if found else None


def _is_sample(hook: Hook, thing: Mapping[str, Any]) -> bool:
    pressed = hook.headers.get("x-shopify-test", "").strip().lower() == "true"
    names = {str(thing.get(name)) for name in ("id", "order_id", "customer_id")}
    return pressed or not names.isdisjoint(_SAMPLES)


def _told_at(hook: Hook) -> datetime:
    """Date the news by when it was first sent; a clock that runs ahead is not believed."""
    triggered_at = read_moment(hook.headers.get("x-shopify-triggered-at"))
    return min(triggered_at or hook.received_at, hook.received_at)


def _noted(topic: str) -> Noted:
    kind = topic.partition("/")[0]
    return Noted(_NOT_FOR_US.get(kind, mark("a topic we do not use")), {"topic": topic})


_NOT_FOR_US = {
    "draft_orders": mark("a draft that is no order yet"),
    "carts": mark("a cart that is no order yet"),
    "checkouts": mark("a checkout that is not finished"),
    "fulfillments": mark("a parcel that its order tells of"),
}


def _order_gone(arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    told = load(GoneForm, arrival.thing)
    return (OrderDeleted(_gone(arrival), told["id"]),)


def _customer_gone(arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    told = load(GoneForm, arrival.thing)
    return (BuyerErased(_gone(arrival), told["id"]),)


def _gone(arrival: Arrival) -> Version:
    """Date a deletion, whose body holds nothing but an id, by when it was told."""
    return Version(arrival.told_at, orders.GONE, arrival.digest)


def _edited(arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    """Look an edited order up: the body holds what was added and taken away, not the order."""
    edit = arrival.thing.get("order_edit")
    return _order_to_look_up(arrival, edit if isinstance(edit, dict) else arrival.thing)


def _parcel_changed(arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    """Look the order of a changed parcel up: a delivery need not touch the order itself."""
    return _order_to_look_up(arrival, arrival.thing)


def _parcel_moved(arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    """Look the order up once a parcel has arrived; the stations before it change nothing."""
    if arrival.thing.get("status") in parcels.ARRIVED:
        return _order_to_look_up(arrival, arrival.thing)
    return (Noted(mark("a parcel on its way")),)


def _order_to_look_up(arrival: Arrival, thing: Mapping[str, Any]) -> tuple[Event, ...]:
    order_id = plain_id(thing.get("order_id"))
    if order_id is None:
        raise unreadable({"order_id": _("is missing")})
    return (LookUp(Version(arrival.told_at, 0, arrival.digest), "order", order_id),)


def _merged(arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    """Look up whom a merge kept; her orders follow with their own webhooks."""
    kept = plain_id(arrival.thing.get("admin_graphql_api_customer_kept_id"))
    if arrival.thing.get("status") != "completed" or kept is None:
        return (Noted(mark("a merge that is not done")),)
    return (LookUp(Version(arrival.told_at, 0, arrival.digest), "customer", kept),)


def _left(_arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    return (Noted(mark("the app was taken out of the shop")),)


_READERS: dict[str, Reader] = {
    **{
        f"orders/{what}": orders.read_order
        for what in (
            "create",
            "updated",
            "paid",
            "cancelled",
            "fulfilled",
            "partially_fulfilled",
        )
    },
    "orders/edited": _edited,
    "orders/delete": _order_gone,
    "refunds/create": refunds.read_refund,
    "fulfillments/update": _parcel_changed,
    "fulfillment_events/create": _parcel_moved,
    **{
        f"customers/{what}": people.read_customer
        for what in ("create", "update", "enable", "disable")
    },
    "customers/delete": _customer_gone,
    "customers/merge": _merged,
    "customers_email_marketing_consent/update": people.read_email_consent,
    "customers_marketing_consent/update": people.read_sms_consent,
    "customers/data_request": privacy.read_access,
    "customers/redact": privacy.read_erasure,
    "shop/redact": privacy.read_shop,
    "app/uninstalled": _left,
}
