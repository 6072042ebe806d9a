"""Reads the three privacy topics that every app has to answer."""

from collections.abc import Sequence
from typing import Any

from crm.events import BuyerErased, Event, PrivacyAsked, Version
from crm.i18n import gettext as _
from crm.storefronts import Home
from crm.storefronts._fields import load, unreadable
from crm.storefronts._shopify.forms import Arrival, PrivacyForm
from crm.storefronts._shopify.orders import GONE


def read_access(arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    """Make the event of a buyer who asks what is kept about her, named at least by her orders."""
    told = load(PrivacyForm, arrival.thing)
    subject = _subject(told, told["orders_requested"])
    request = told["data_request"] or {}
    asked = PrivacyAsked(
        version=Version(arrival.told_at, 0, arrival.digest),
        kind="access",
        request_id=request.get("id") or arrival.delivery_id,
        order_external_ids=tuple(told["orders_requested"]),
        **subject,
    )
    return (asked,)


def read_erasure(arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    """Make the events of a buyer who is to be erased; of a guest only an e-mail may be told."""
    told = load(PrivacyForm, arrival.thing)
    subject = _subject(told)
    asked = PrivacyAsked(
        version=Version(arrival.told_at, 0, arrival.digest),
        kind="erasure",
        request_id=arrival.delivery_id,
        order_external_ids=tuple(told["orders_to_redact"]),
        **subject,
    )
    return (BuyerErased(Version(arrival.told_at, GONE, arrival.digest), **subject), asked)


def read_shop(arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    """Make the event of a shop that left, which is told two days after the app was taken out."""
    version = Version(arrival.told_at, 0, arrival.digest)
    return (PrivacyAsked(version, "shop", arrival.delivery_id),)


def _subject(told: dict[str, Any], orders: Sequence[str] = ()) -> dict[str, Any]:
    customer = told["customer"] or {}
    subject = {
        "external_id": customer.get("id"),
        "email": customer.get("email"),
        "phone": customer.get("phone"),
    }
    if not any(subject.values()) and not orders:
        raise unreadable({"customer": _("names nobody")})
    return subject
