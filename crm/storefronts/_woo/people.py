"""Reads the buyer out of WooCommerce's customers and orders."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from crm.errors import Rejected
from crm.events import BuyerChanged, Noted, Person, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import Home
from crm.storefronts._fields import load, read_birthday
from crm.storefronts._woo.arrival import Arrival
from crm.storefronts._woo.forms import CustomerForm

# The customer topics fire for every user of the site.
_STAFF = {"administrator", "editor", "author", "contributor", "shop_manager"}
_YES, _NO = {"1", "yes", "true", "on"}, {"0", "no", "false", "off", ""}


def read_customer(arrival: Arrival, home: Home) -> BuyerChanged | Noted:
    """Make the event of a customer's own record."""
    told = load(CustomerForm, arrival.thing)
    if told["role"] in _STAFF:
        return Noted(mark("a member of the shop's staff"))
    at = told["date_modified_gmt"] or told["date_created_gmt"] or arrival.received_at
    billing = told["billing"] or {}
    person = replace(
        person_of(told, home),
        external_id=told["id"],
        email=told["email"] or billing.get("email"),
        first_name=told["first_name"] or billing.get("first_name"),
        last_name=told["last_name"] or billing.get("last_name"),
        joined_at=told["date_created_gmt"],
    )
    if person.external_id == "0":
        raise Rejected(_("A customer with the id 0 is nobody."))
    return BuyerChanged(Version(at, 0, arrival.digest), person)


def person_of(told: dict[str, Any], home: Home) -> Person:
    """Make a person of an order's or customer's addresses and meta data."""
    billing, shipping = told["billing"] or {}, told["shipping"] or {}
    lives = shipping if shipping.get("city") or shipping.get("postcode") else billing
    return Person(
        external_id=known_id(told.get("customer_id")),
        email=billing.get("email"),
        phone=billing.get("phone") or shipping.get("phone"),
        first_name=billing.get("first_name") or shipping.get("first_name"),
        last_name=billing.get("last_name") or shipping.get("last_name"),
        birthday=read_birthday(_meta(told, _split(home.options.get("birthday_keys", "")))),
        accepts_marketing=_consent(_meta(told, _split(home.options.get("consent_keys", "")))),
        city=lives.get("city"),
        region=lives.get("state"),
        postcode=lives.get("postcode"),
        country=lives.get("country"),
    )


def known_id(given: str | None) -> str | None:
    """Read an id; 0 is WooCommerce's way of saying there is none."""
    return None if given in (None, "0") else given


def _meta(told: dict[str, Any], names: Sequence[str]) -> Any:
    """Find the first of some meta values that is not empty."""
    found = {entry["key"]: entry["value"] for entry in told["meta_data"] if _is_name(entry["key"])}
    return next((found[name] for name in names if found.get(name) not in (None, "")), None)


def _is_name(key: Any) -> bool:
    return isinstance(key, str)


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _consent(value: Any) -> bool | None:
    word = str(value).strip().lower() if isinstance(value, str | bool | int) else None
    if word in _YES:
        return True
    return False if word in _NO else None
