"""Reads the consent that our plugin asks for at the checkout: the tick, its time and its words."""

from typing import Any

from crm.events import ConsentChanged, Event, OrderChanged
from crm.storefronts._fields import read_moment
from crm.storefronts._woo.arrival import Arrival

_KEY = "_regulars_consent"
_MOST_WORDS = 2000


def with_consent(event: Event, arrival: Arrival) -> tuple[Event, ...]:
    """Add what a buyer allowed with an order; an order without a tick says nothing of it."""
    said = _statement(arrival.thing) if isinstance(event, OrderChanged) else None
    at = read_moment(said.get("at")) if said else None
    if said is None or at is None or not isinstance(event, OrderChanged) or event.person is None:
        return (event,)
    consent = ConsentChanged(
        version=event.version,
        person=event.person,
        channel="email",
        status="granted",
        decided_at=at,
        proof=_proof(said, event.number),
    )
    return (event, consent)


def _statement(order: Any) -> dict[str, Any] | None:
    entries = order.get("meta_data") if isinstance(order, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        is_ours = isinstance(entry, dict) and entry.get("key") == _KEY
        value = entry.get("value") if is_ours else None
        if isinstance(value, dict) and _is_grant(value):
            return value
    return None


def _is_grant(said: dict[str, Any]) -> bool:
    """Tell whether somebody said yes to words that were kept."""
    is_yes = said.get("status") == "granted" and said.get("channel") == "email"
    return is_yes and bool(_text(said, "text"))


def _proof(said: dict[str, Any], number: str) -> str:
    """Write down what a ticked box stood beside, and where."""
    words, version = _text(said, "text"), _text(said, "version")
    return f"checkout, order {number}, text {version}: {words}"[:_MOST_WORDS]


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value.strip() if isinstance(value, str) else ""
