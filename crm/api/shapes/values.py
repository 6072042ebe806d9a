"""How single values are written: instants in UTC with Z, money with its currency, ids as text."""

from datetime import date, datetime
from typing import TypedDict

from crm.money import Money


class MoneyShape(TypedDict):
    """An exact amount and its currency."""

    amount: str
    currency: str


def moment(at: datetime | None) -> str | None:
    """Write an instant as RFC 3339 in UTC."""
    return None if at is None else instant(at)


def instant(at: datetime) -> str:
    """Write an instant that is always known."""
    return at.isoformat().replace("+00:00", "Z")


def day(on: date | None) -> str | None:
    """Write a date."""
    return None if on is None else on.isoformat()


def money(minor: int, currency: str) -> MoneyShape:
    """Write an amount of minor units."""
    return MoneyShape(amount=Money(minor, currency).amount, currency=currency)


def money_or_none(minor: int | None, currency: str) -> MoneyShape | None:
    """Write an amount that may be unknown."""
    return None if minor is None else money(minor, currency)


def ref(key: int | None) -> str | None:
    """Write a reference that may be missing."""
    return None if key is None else str(key)
