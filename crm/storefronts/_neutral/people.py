"""Reads the buyer out of a neutral webhook."""

from typing import Any

from crm.events import Person


def person_of(told: dict[str, Any], address: dict[str, Any] | None = None) -> Person:
    """Make a person of a loaded customer form and, where given, an address form."""
    where = address or {}
    return Person(
        external_id=told["id"],
        email=told["email"],
        phone=told["phone"],
        first_name=told["first_name"],
        last_name=told["last_name"],
        locale=told["locale"],
        birthday=told["birthday"],
        accepts_marketing=told["accepts_marketing"],
        city=where.get("city"),
        region=where.get("region"),
        postcode=where.get("postcode"),
        country=where.get("country"),
        joined_at=told["created_at"],
    )
