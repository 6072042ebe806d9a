"""Says what a WooCommerce webhook means: one function a topic."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from crm import strict_json
from crm.errors import Rejected
from crm.events import BuyerErased, Event, Noted, OrderDeleted, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import Home, Hook
from crm.storefronts._fields import load
from crm.storefronts._woo import orders, people, reviews
from crm.storefronts._woo.arrival import Arrival, digest_of
from crm.storefronts._woo.consents import with_consent
from crm.storefronts._woo.forms import GoneForm


def read(hook: Hook, topic: str, home: Home) -> tuple[Event, ...]:
    """Read one webhook. Raises Rejected when it cannot be understood."""
    arrival = _arrival(hook, topic)
    reader = _READERS.get(arrival.topic)
    if reader is None:
        return (Noted(mark("a topic we do not use"), {"topic": topic}),)
    return with_consent(reader(arrival, home), arrival)


def _arrival(hook: Hook, topic: str) -> Arrival:
    body = strict_json.loads(hook.body)
    if not isinstance(body, dict):
        raise Rejected(_("The body is not a JSON object."))
    _refuse_fault(body, topic)
    thing = _thing(body)
    return Arrival(_unified(topic, body), thing, hook.received_at, digest_of(thing))


def _refuse_fault(body: Mapping[str, Any], topic: str) -> None:
    """Refuse the error that stands in for the thing once the webhook's owner lost access."""
    if "code" in body and "message" in body and "id" not in body:
        raise Rejected(
            _(
                "WooCommerce sent the error %(code)s in place of the news (%(topic)s): "
                "the user who owns the webhook may not read it. Save the webhook as an "
                "administrator of the shop.",
                code=str(body["code"])[:100],
                topic=topic,
            )
        )


def _unified(topic: str, body: Mapping[str, Any]) -> str:
    """Name the custom action that a shop may have of its own like the topic it stands for."""
    if topic == "action.regulars_review" or body.get("action") == "regulars_review":
        return "review.updated"
    return topic


def _thing(body: dict[str, Any]) -> Any:
    return body["arg"] if "action" in body and "arg" in body else body


def _order_gone(arrival: Arrival, _home: Home) -> OrderDeleted:
    told = load(GoneForm, arrival.thing)
    return OrderDeleted(_gone(arrival), told["id"])


def _customer_gone(arrival: Arrival, _home: Home) -> BuyerErased:
    told = load(GoneForm, arrival.thing)
    return BuyerErased(_gone(arrival), told["id"])


def _gone(arrival: Arrival) -> Version:
    """Date a deletion, whose body holds nothing but an id, by its receipt."""
    at: datetime = arrival.received_at
    return Version(at, orders.GONE, arrival.digest)


_READERS: dict[str, Callable[[Arrival, Home], Event]] = {
    "order.created": orders.read_order,
    "order.updated": orders.read_order,
    "order.restored": orders.read_restored,
    "order.deleted": _order_gone,
    "customer.created": people.read_customer,
    "customer.updated": people.read_customer,
    "customer.deleted": _customer_gone,
    "review.created": reviews.read_review,
    "review.updated": reviews.read_review,
    "review.restored": reviews.read_review,
    "review.deleted": reviews.read_gone,
}
