"""How times and amounts read in an export."""

from datetime import UTC, datetime

from crm.money import Money


def moment(at: datetime | None) -> str | None:
    """Write an instant in UTC: 2026-11-21T09:00:00Z, with microseconds only where there are any."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def amount(minor: int, currency: str) -> str:
    """Write an amount as decimal text."""
    return Money(minor, currency).amount


def money(minor: int, currency: str) -> dict[str, str]:
    """Write an amount with its currency."""
    return Money(minor, currency).as_json()


def reference(number: int | None) -> str | None:
    """Write the id of one of our own rows."""
    return None if number is None else str(number)
