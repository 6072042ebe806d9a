"""Reads the buyer out of Shopify's customers and orders, and what she decided about marketing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from crm.events import (
    Birthday,
    BuyerChanged,
    Channel,
    ConsentChanged,
    Event,
    LookUp,
    Noted,
    Person,
    Version,
)
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import Home
from crm.storefronts._fields import load, read_birthday, unreadable
from crm.storefronts._shopify.forms import (
    Arrival,
    CustomerForm,
    EmailConsentForm,
    GoneForm,
    SmsConsentForm,
)

# `not_subscribed` never decided, `pending` has not confirmed, `invalid` and `redacted` say nothing.
_DECIDED: Mapping[str, Literal["granted", "withdrawn"]] = {
    "subscribed": "granted",
    "unsubscribed": "withdrawn",
}


def read_customer(arrival: Arrival, home: Home) -> tuple[Event, ...]:
    """Make the events of a customer's own record, with her decisions where it holds any."""
    if isinstance(arrival.thing, dict) and "updated_at" not in arrival.thing:
        gone = load(GoneForm, arrival.thing)
        return (LookUp(Version(arrival.told_at, 0, arrival.digest), "customer", gone["id"]),)
    told = load(CustomerForm, arrival.thing)
    if told["id"] is None:
        raise unreadable({"id": _("is missing")})
    at = told["updated_at"] or told["created_at"] or arrival.told_at
    changed = BuyerChanged(Version(at, 0, arrival.digest), _person_of_customer(told, home))
    email = Person(external_id=told["id"], email=told["email"])
    phone = Person(external_id=told["id"], phone=told["phone"])
    decided = (
        _decision("email", told["email_marketing_consent"], email, at, arrival.digest),
        _decision("sms", told["sms_marketing_consent"], phone, at, arrival.digest),
    )
    return (changed, *(decision for decision in decided if decision))


def read_email_consent(arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    """Make the event of a decision about e-mail."""
    told = load(EmailConsentForm, arrival.thing)
    person = Person(external_id=told["customer_id"], email=told["email_address"])
    return _told_decision("email", told["email_marketing_consent"], person, arrival)


def read_sms_consent(arrival: Arrival, _home: Home) -> tuple[Event, ...]:
    """Make the event of a decision about text messages."""
    told = load(SmsConsentForm, arrival.thing)
    person = Person(external_id=told["id"], phone=told["phone"])
    return _told_decision("sms", told["sms_marketing_consent"], person, arrival)


def person_of_order(told: dict[str, Any], home: Home) -> Person:
    """Make a person of an order; its e-mail and phone follow the customer's record in Shopify."""
    customer = told["customer"] or {}
    billing, shipping = told["billing_address"] or {}, told["shipping_address"] or {}
    lives = shipping if shipping.get("city") or shipping.get("zip") else billing
    named = {entry["name"]: entry["value"] for entry in told["note_attributes"] if _named(entry)}
    return Person(
        external_id=customer.get("id"),
        email=told["email"] or told["contact_email"] or customer.get("email"),
        phone=_first("phone", told, customer, shipping, billing),
        first_name=_first("first_name", customer, billing, shipping),
        last_name=_first("last_name", customer, billing, shipping),
        locale=told["customer_locale"],
        birthday=_birthday(named, home),
        joined_at=customer.get("created_at"),
        **_place(lives),
    )


def _person_of_customer(told: dict[str, Any], home: Home) -> Person:
    lives = told["default_address"] or {}
    named = {f"{entry['namespace']}.{entry['key']}": entry["value"] for entry in told["metafields"]}
    return Person(
        external_id=told["id"],
        email=told["email"],
        phone=_first("phone", told, lives),
        first_name=_first("first_name", told, lives),
        last_name=_first("last_name", told, lives),
        birthday=_birthday(named, home),
        joined_at=told["created_at"],
        **_place(lives),
    )


def _place(address: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "city": address.get("city"),
        "region": address.get("province_code") or address.get("province"),
        "postcode": address.get("zip"),
        "country": address.get("country_code"),
    }


def _first(name: str, *places: Mapping[str, Any]) -> Any:
    return next((place[name] for place in places if place.get(name)), None)


def _named(entry: Mapping[str, Any]) -> bool:
    return isinstance(entry["name"], str)


def _birthday(values: Mapping[str, Any], home: Home) -> Birthday | None:
    wanted = (name.strip() for name in home.options.get("birthday_keys", "").split(","))
    found = (read_birthday(values[name]) for name in wanted if name in values)
    return next((birthday for birthday in found if birthday), None)


def _told_decision(
    channel: Channel, consent: Mapping[str, Any] | None, person: Person, arrival: Arrival
) -> tuple[Event, ...]:
    if not (person.external_id or person.email or person.phone):
        raise unreadable({"customer_id": _("is missing")})
    decision = _decision(channel, consent, person, arrival.told_at, arrival.digest)
    return (decision or Noted(mark("no decision about marketing")),)


def _decision(
    channel: Channel,
    consent: Mapping[str, Any] | None,
    person: Person,
    seen_at: datetime,
    digest: str,
) -> ConsentChanged | None:
    """Read a decision; a consent without its time is none, a refusal counts in any case."""
    status = _DECIDED.get((consent or {}).get("state") or "")
    if consent is None or status is None:
        return None
    decided_at = consent["consent_updated_at"]
    if decided_at is None and status == "granted":
        return None
    decided_at = decided_at or seen_at
    version = Version(decided_at, 0, digest)
    return ConsentChanged(version, person, channel, status, decided_at, _proof(consent))


def _proof(consent: Mapping[str, Any]) -> str | None:
    """Say how she opted in: single, or confirmed by a second step."""
    said = (consent["opt_in_level"], consent["consent_collected_from"])
    return "Shopify: " + ", ".join(word.lower() for word in said if word) if any(said) else None
