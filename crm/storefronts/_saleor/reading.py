"""Says what a webhook of Saleor's means: its body follows a query, or is of the older kind."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm import strict_json
from crm.errors import Rejected
from crm.events import Event, LookUp, Noted, OrderChanged
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import Home, Hook
from crm.storefronts._fields import read_moment
from crm.storefronts._saleor import legacy
from crm.storefronts._saleor.orders import read_order
from crm.storefronts._saleor.people import read_customer, read_gone
from crm.storefronts._saleor.texts import snaked

_ENDS = {"customer_deleted", "account_deleted"}
_CUSTOMERS = {
    "customer_created",
    "customer_updated",
    "customer_metadata_updated",
    "account_confirmed",
    "account_email_changed",
}
_MOST = 200


def read(hook: Hook, topic: str, home: Home) -> tuple[Event, ...]:
    """Read one webhook. Raises Rejected when it cannot be understood."""
    body = strict_json.loads(hook.body)
    if not _is_ours(topic):
        return (Noted(mark("a topic we do not use"), {"topic": topic}),)
    if isinstance(body, list):
        return tuple(
            event
            for told in _some(body)
            for event in _read_legacy(told, topic, home, hook.received_at)
        )
    return _read_event(_event(body), topic, home, hook.received_at)


def _is_ours(topic: str) -> bool:
    return topic.startswith(("order_", "fulfillment_")) or topic in _CUSTOMERS | _ENDS


def _event(body: Any) -> dict[str, Any]:
    """Find the event: it comes bare, and some senders wrap it as their interface answers."""
    told = snaked(body)
    for wrapping in ("data", "event"):
        inner = told.get(wrapping) if isinstance(told, dict) else None
        told = inner if isinstance(inner, dict) else told
    if not isinstance(told, dict):
        raise Rejected(_("The body is not a JSON object."))
    return told


def _read_event(
    told: dict[str, Any], topic: str, home: Home, received_at: datetime
) -> tuple[Event, ...]:
    seen_at = read_moment(told.get("issued_at")) or received_at
    listed = told.get("orders")
    if isinstance(listed, list):
        return tuple(read_order(order, home, seen_at) for order in _some(listed))
    thing = told.get("order" if topic.startswith(("order_", "fulfillment_")) else "user")
    if thing is None:
        raise _refusal(told)
    if topic in _ENDS:
        return (read_gone(thing, seen_at),)
    if topic in _CUSTOMERS:
        return (read_customer(thing, home, seen_at),)
    return (read_order(thing, home, seen_at),)


def _read_legacy(told: Any, topic: str, home: Home, received_at: datetime) -> tuple[Event, ...]:
    if not isinstance(told, dict):
        raise Rejected(_("The body is not a JSON object."))
    seen_at = legacy.issued_at(told) or received_at
    if topic in _ENDS:
        return (read_gone(told, seen_at),)
    if topic in _CUSTOMERS:
        return (read_customer(legacy.customer_of(told, seen_at), home, seen_at),)
    return _read_legacy_order(told, topic, home, seen_at)


def _read_legacy_order(
    told: dict[str, Any], topic: str, home: Home, seen_at: datetime
) -> tuple[Event, ...]:
    """Read an order, which a fulfilment holds; what it leaves open is looked up besides."""
    order = told.get("order") if topic.startswith("fulfillment_") else told
    if not isinstance(order, dict):
        raise _refusal(told)
    if "status" not in order:
        return (read_order(order, home, seen_at),)
    event = read_order(legacy.order_of(order, topic, seen_at), home, seen_at)
    if isinstance(event, OrderChanged) and event.total_minor and legacy.is_silent_on_payment(order):
        return (event, LookUp(event.version, "order", event.external_id))
    return (event,)


def _refusal(told: Mapping[str, Any]) -> Rejected:
    """Refuse a body without its thing: mostly the app may not read it."""
    errors = told.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    if isinstance(first, dict):
        return Rejected(
            _(
                "Saleor sent an error in place of the news (%(said)s): give the app the "
                "permissions MANAGE_ORDERS and MANAGE_USERS.",
                said=str(first.get("message"))[:200],
            )
        )
    return Rejected(
        _(
            "The body does not name what changed: let the webhook ask with the query in our "
            "documentation, or let Regulars register it."
        )
    )


def _some(listed: list[Any]) -> list[Any]:
    if not 0 < len(listed) <= _MOST:
        raise Rejected(_("The body holds nothing, or more than %(most)s things.", most=_MOST))
    return listed
