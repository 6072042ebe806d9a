"""Reads buyers out of BigCommerce's customers, orders and newsletter subscribers."""

import hashlib
import json
from datetime import datetime
from typing import Any

from crm.events import Birthday, BuyerChanged, ConsentChanged, Noted, Person, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import Home
from crm.storefronts._bigcommerce.forms import AddressForm, CustomerForm, SubscriberForm
from crm.storefronts._fields import load, read_birthday, unreadable

_NEWSLETTER = "marketing_newsletter"
_IMPORTED = "custom"


def read_customer(customer: Any, home: Home) -> BuyerChanged:
    """Make the event of a customer; what she accepts is asked of the subscribers."""
    told = load(CustomerForm, customer)
    at = _modified_at(told)
    lives: list[dict[str, Any]] = told["addresses"]
    address = next((one for one in lives if one["city"] or one["postal_code"]), {})
    person = Person(
        external_id=told["id"],
        email=told["email"],
        phone=told["phone"] or address.get("phone"),
        first_name=told["first_name"],
        last_name=told["last_name"],
        birthday=_birthday(told, home),
        city=address.get("city"),
        region=address.get("state_or_province"),
        postcode=address.get("postal_code"),
        country=address.get("country_code"),
        joined_at=told["date_created"],
    )
    return BuyerChanged(Version(at, 0, _digest(customer)), person)


def person_of_order(told: dict[str, Any], shipping: Any) -> Person:
    """Make a person of an order; a box ticked at the checkout is her consent, an empty one none."""
    billing = told["billing_address"] or {}
    goes_to = load(AddressForm, shipping, "shipping") if shipping else {}
    lives = goes_to if goes_to.get("city") or goes_to.get("zip") else billing
    return Person(
        external_id=told["customer_id"],
        email=billing.get("email"),
        phone=billing.get("phone"),
        first_name=billing.get("first_name"),
        last_name=billing.get("last_name"),
        locale=told["customer_locale"],
        accepts_marketing=True if told["is_email_opt_in"] else None,
        city=lives.get("city"),
        region=lives.get("state"),
        postcode=lives.get("zip"),
        country=lives.get("country_iso2"),
    )


def read_subscriber(subscriber: Any) -> ConsentChanged | Noted:
    """Make the event of a newsletter subscriber.

    Whom the shop put on the list itself has consented to nothing that we could show; whoever
    never ticked the box has withdrawn nothing.
    """
    told = load(SubscriberForm, subscriber)
    at = _modified_at(told)
    consents = told["consents"] if isinstance(told["consents"], list) else []
    granted = _NEWSLETTER in consents
    never = told["date_created"] is not None and at <= told["date_created"]
    if (
        told["email"] is None
        or (granted and told["source"] == _IMPORTED)
        or (never and not granted)
    ):
        return Noted(mark("a subscriber without a consent of her own"))
    return ConsentChanged(
        version=Version(at, 0, _digest(subscriber)),
        person=Person(
            email=told["email"], first_name=told["first_name"], last_name=told["last_name"]
        ),
        channel="email",
        status="granted" if granted else "withdrawn",
        decided_at=at,
    )


def _modified_at(told: dict[str, Any]) -> datetime:
    at: datetime | None = told["date_modified"] or told["date_created"]
    if at is None:
        raise unreadable({"date_modified": _("is missing")})
    return at


def _birthday(told: dict[str, Any], home: Home) -> Birthday | None:
    """Read the birthday out of the form field that the shop uses for it."""
    said = {
        (one["name"] or "").casefold(): one["value"]
        for one in told["form_fields"]
        if isinstance(one["value"], str) and one["value"].strip()
    }
    names = (name.strip().casefold() for name in home.options.get("birthday_keys", "").split(","))
    value = next((said[name] for name in names if name in said), "")
    return read_birthday(value.strip()[:10])


def _digest(thing: Any) -> str:
    return hashlib.sha256(json.dumps(thing, sort_keys=True, default=str).encode()).hexdigest()
