"""Tells a customer of Medusa in the words of the neutral webhook."""

from typing import Any

from crm.storefronts._fields import latest, read_birthday

FIELDS = "id,email,first_name,last_name,phone,metadata,has_account,created_at,updated_at,*addresses"


def tell_account(customer: dict[str, Any], birthday_key: str) -> dict[str, Any]:
    """Tell a customer record with its own time and the address its parcels go to."""
    addresses = rows(customer, "addresses")
    usual = (one for one in addresses if one.get("is_default_shipping"))
    return {
        "id": customer.get("id"),
        "email": customer.get("email"),
        "phone": customer.get("phone"),
        "first_name": customer.get("first_name"),
        "last_name": customer.get("last_name"),
        "birthday": birthday(customer, birthday_key),
        "created_at": customer.get("created_at"),
        # An address may change without the customer's own `updated_at`.
        "updated_at": latest([customer, *addresses], "updated_at"),
        "address": tell_address(next(usual, addresses[0] if addresses else None)),
    }


def tell_address(address: Any) -> dict[str, Any] | None:
    """Tell where somebody lives, not at which door."""
    if not isinstance(address, dict):
        return None
    return {
        "city": address.get("city"),
        "region": address.get("province"),
        "postcode": address.get("postal_code"),
        "country": address.get("country_code"),
    }


def birthday(customer: dict[str, Any], key: str) -> str | None:
    """Read the birthday out of the metadata; what is none there says nothing."""
    metadata = customer.get("metadata")
    value = metadata.get(key) if isinstance(metadata, dict) and key else None
    return value if isinstance(value, str) and read_birthday(value) else None


def rows(thing: Any, name: str) -> list[dict[str, Any]]:
    """List the objects under a name; none where there is nothing of the kind."""
    found = thing.get(name) if isinstance(thing, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
