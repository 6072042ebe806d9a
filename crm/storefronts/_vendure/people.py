"""Tells a customer of Vendure in the words of the neutral webhook."""

import re
from collections.abc import Mapping
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts._fields import latest

FIELDS = """id emailAddress phoneNumber firstName lastName createdAt updatedAt user { id } CUSTOM
addresses { updatedAt defaultShippingAddress city province postalCode country { code } }"""

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,99}")
_DATE = re.compile(r"(?:\d{4}-|--)\d{2}-\d{2}")


def with_custom(fields: str, options: Mapping[str, str]) -> str:
    """Put the custom field that holds the birthday into a selection. Raises Rejected."""
    name = options.get("birthday_field", "")
    if name and not _NAME.fullmatch(name):
        raise Rejected(_("%(name)s is not the name of a custom field.", name=name))
    return fields.replace("CUSTOM", f"customFields {{ birthday: {name} }}" if name else "")


def tell_customer(customer: Any) -> dict[str, Any] | None:
    """Tell who a customer is; None where there is none."""
    if not isinstance(customer, dict):
        return None
    return {
        "id": customer.get("id"),
        "email": customer.get("emailAddress"),
        "phone": customer.get("phoneNumber"),
        "first_name": customer.get("firstName"),
        "last_name": customer.get("lastName"),
        "birthday": _birthday(customer.get("customFields")),
        "created_at": customer.get("createdAt"),
    }


def tell_account(customer: dict[str, Any]) -> dict[str, Any]:
    """Tell a customer record with its own time and the address its parcels go to."""
    addresses = rows(customer, "addresses")
    home = next((one for one in addresses if one.get("defaultShippingAddress")), None)
    # A new address leaves the customer's own `updatedAt` alone.
    told = {
        "updated_at": latest([customer, *addresses], "updatedAt"),
        "address": tell_address(home),
    }
    return {**(tell_customer(customer) or {}), **told}


def tell_address(address: Any) -> dict[str, Any] | None:
    """Tell where somebody lives, not at which door."""
    if not isinstance(address, dict):
        return None
    country = address.get("country")
    code = country.get("code") if isinstance(country, dict) else address.get("countryCode")
    return {
        "city": address.get("city"),
        "region": address.get("province"),
        "postcode": address.get("postalCode"),
        "country": code,
    }


def rows(thing: Any, name: str) -> list[dict[str, Any]]:
    """List the objects under a name; none where there is nothing of the kind."""
    found = thing.get(name) if isinstance(thing, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _birthday(fields: Any) -> str | None:
    """Read a custom field of text or of a date, which comes with a time of the day."""
    value = fields.get("birthday") if isinstance(fields, dict) else None
    found = _DATE.match(value) if isinstance(value, str) else None
    return found[0] if found else None
