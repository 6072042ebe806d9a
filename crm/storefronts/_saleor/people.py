"""Reads the buyer out of Saleor's customers and orders."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crm.events import BuyerChanged, BuyerErased, Noted, Person, Version
from crm.i18n import mark
from crm.storefronts import Home
from crm.storefronts._fields import load, read_birthday
from crm.storefronts._saleor.forms import CustomerForm, GoneForm
from crm.storefronts._saleor.texts import digest_of, language

# A deletion is newer than anything else of its instant.
GONE = 990
_YES, _NO = {"1", "yes", "true", "on"}, {"0", "no", "false", "off"}


def read_customer(thing: Any, home: Home, seen_at: datetime) -> BuyerChanged | Noted:
    """Make the event of a customer's own record; `seen_at` dates one that is not dated."""
    told = load(CustomerForm, thing)
    if told["is_staff"]:
        return Noted(mark("a member of the shop's staff"))
    version = Version(told["updated_at"] or seen_at, 0, digest_of(thing))
    billing = told["default_billing_address"] or {}
    shipping = told["default_shipping_address"] or {}
    return BuyerChanged(
        version,
        Person(
            external_id=told["id"],
            email=told["email"],
            first_name=told["first_name"] or billing.get("first_name"),
            last_name=told["last_name"] or billing.get("last_name"),
            locale=language(told["language_code"]),
            joined_at=told["date_joined"],
            **_wishes([told], home),
            **_whereabouts(billing, shipping),
        ),
    )


def read_gone(thing: Any, seen_at: datetime) -> BuyerErased:
    """Make the event of a customer who was deleted."""
    told = load(GoneForm, thing)
    return BuyerErased(Version(seen_at, GONE, digest_of(thing)), told["id"], told["email"])


def person_of(told: dict[str, Any], home: Home) -> Person:
    """Make a person of a loaded order; guests have no account and are known by their e-mail."""
    user = told["user"] or {}
    billing, shipping = told["billing_address"] or {}, told["shipping_address"] or {}
    return Person(
        external_id=user.get("id"),
        email=told["user_email"] or user.get("email"),
        first_name=user.get("first_name") or _first("first_name", billing, shipping),
        last_name=user.get("last_name") or _first("last_name", billing, shipping),
        locale=language(told["language_code_enum"]),
        **_wishes([told, user], home),
        **_whereabouts(billing, shipping),
    )


def metadata_of(things: Iterable[dict[str, Any]], names: Iterable[str]) -> Any:
    """Find the first of some values of public metadata that is not empty."""
    found: dict[str, Any] = {}
    for thing in things:
        for entry in thing.get("metadata", ()):
            if isinstance(entry["key"], str) and entry["value"] not in (None, ""):
                found.setdefault(entry["key"], entry["value"])
    return next((found[name] for name in names if name in found), None)


def _wishes(things: list[dict[str, Any]], home: Home) -> dict[str, Any]:
    """Read birthday and consent, each only under the names the shop gave."""
    birthday = metadata_of(things, _split(home.options.get("birthday_keys", "")))
    consent = metadata_of(things, _split(home.options.get("consent_keys", "")))
    return {"birthday": read_birthday(birthday), "accepts_marketing": _consent(consent)}


def _whereabouts(billing: dict[str, Any], shipping: dict[str, Any]) -> dict[str, Any]:
    lives = shipping if shipping.get("city") or shipping.get("postal_code") else billing
    return {
        "phone": _first("phone", billing, shipping),
        "city": lives.get("city") or lives.get("city_area"),
        "region": lives.get("country_area"),
        "postcode": lives.get("postal_code"),
        "country": (lives.get("country") or {}).get("code"),
    }


def _first(name: str, *addresses: dict[str, Any]) -> str | None:
    return next((address[name] for address in addresses if address.get(name)), None)


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _consent(value: Any) -> bool | None:
    word = str(value).strip().lower() if isinstance(value, str | bool | int) else None
    if word in _YES:
        return True
    return False if word in _NO else None
