"""Random little stores, as plain Python objects."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

CITIES = ("Berlin", "BERLIN", "Wien", "Zürich", "ZÜRICH", "上海", "O'Hara%_\\")
OCCUPATIONS = ("Nurse", "nurse", "Teacher", "Fahrer")
TAGS = ("tea", "Tea", "gift", "wholesale")
PRODUCTS = ("P1", "P2", "P3", "P4")
ATTRIBUTES = ("Green", "green", "oolong", "7", "-3", "12.50", 7, 12, True, False, None, [], {})
STATES = ("queued", "accepted", "delivered", "bounced", "complained", "uncertain", "cancelled")


@dataclass
class Sale:
    """An order and what was given back for it."""

    placed_at: datetime
    currency: str
    total: int
    paid: bool
    cancelled: bool
    test: bool
    deleted: bool
    products: list[str]
    refunds: list[tuple[datetime, int]] = field(default_factory=list)

    @cached_property
    def counts(self) -> bool:
        """Tell whether it was paid, not cancelled, not a test, not thrown away."""
        return self.paid and not self.cancelled and not self.test and not self.deleted

    @cached_property
    def refunded(self) -> int:
        """All that was given back."""
        return sum(amount for _at, amount in self.refunds)


@dataclass
class Person:
    """A buyer with everything a condition may ask about."""

    columns: dict[str, Any]
    sales: list[Sale]
    tags: list[str]
    consents: dict[str, str]
    # At, channel, campaign and state.
    messages: list[tuple[datetime, str, int, str]]
    clicks: list[tuple[datetime, int]]
    # Issued at, expires at, campaign and state.
    coupons: list[tuple[datetime, datetime, int, str]]
    # Type and state.
    cases: list[tuple[str, str]]
    # Posted at, rating and whether it was taken down.
    reviews: list[tuple[datetime, int, bool]]
    id: int = 0


def invent(dice: random.Random, people: int, now: datetime) -> list[Person]:
    """Invent the buyers of a store."""
    return [_person(dice, now) for _ in range(people)]


def _past(dice: random.Random, now: datetime, days: float = 220) -> datetime:
    # Whole days meet the bounds of windows exactly; now and then something lies ahead of now.
    if dice.random() < 0.3:
        return now - timedelta(days=dice.randint(0, int(days)))
    return now - timedelta(seconds=dice.randint(-86_400 * 3, int(days * 86_400)))


def _maybe(dice: random.Random, values: Any) -> Any:
    return None if dice.random() < 0.25 else dice.choice(values)


def _person(dice: random.Random, now: datetime) -> Person:
    cases = [_case(dice) for _ in range(dice.choice((0, 0, 1, 2)))]
    columns = {
        "city": _maybe(dice, CITIES),
        "country": _maybe(dice, ("DE", "AT", "CN")),
        "occupation": _maybe(dice, OCCUPATIONS),
        "tier": _maybe(dice, "ABCDEF"),
        "vip": dice.random() < 0.3,
        "last_score": _maybe(dice, (1, 2, 3, 4, 5)),
        "joined_at": _past(dice, now),
        "attributes": _attributes(dice),
        "open_cases": sum(state != "closed" for _type, state in cases),
        "merged_into": 1 if dice.random() < 0.05 else None,
        "erased_at": now if dice.random() < 0.05 else None,
    }
    columns |= _birthday(dice, now)
    return Person(
        columns=columns,
        sales=[_sale(dice, now) for _ in range(dice.choice((0, 1, 1, 2, 3, 5)))],
        tags=dice.sample(TAGS, dice.choice((0, 0, 1, 2))),
        consents={channel: _status(dice) for channel in ("email", "sms") if dice.random() < 0.6},
        messages=[_message(dice, now) for _ in range(dice.choice((0, 0, 1, 2, 3)))],
        clicks=[(_past(dice, now), dice.randint(1, 3)) for _ in range(dice.choice((0, 0, 1, 2)))],
        coupons=[_coupon(dice, now) for _ in range(dice.choice((0, 0, 1, 2)))],
        cases=cases,
        reviews=[_review(dice, now) for _ in range(dice.choice((0, 0, 1, 2)))],
    )


def _attributes(dice: random.Random) -> dict[str, Any]:
    keys = dice.sample(("colour", "size"), dice.choice((0, 1, 2)))
    return {key: dice.choice(ATTRIBUTES) for key in keys}


def _status(dice: random.Random) -> str:
    return dice.choice(("granted", "withdrawn", "pending"))


def _case(dice: random.Random) -> tuple[str, str]:
    kind = dice.choice(("complaint", "return", "question"))
    return kind, dice.choice(("open", "waiting_us", "closed"))


def _review(dice: random.Random, now: datetime) -> tuple[datetime, int, bool]:
    return _past(dice, now), dice.randint(1, 5), dice.random() < 0.2


def _message(dice: random.Random, now: datetime) -> tuple[datetime, str, int, str]:
    channel = dice.choice(("email", "email", "sms"))
    return _past(dice, now), channel, dice.randint(1, 3), dice.choice(STATES)


def _coupon(dice: random.Random, now: datetime) -> tuple[datetime, datetime, int, str]:
    ends = now + timedelta(days=dice.randint(-5, 30))
    state = dice.choice(("issued", "live", "live", "redeemed", "expired", "void"))
    return _past(dice, now), ends, dice.randint(1, 3), state


def _birthday(dice: random.Random, now: datetime) -> dict[str, Any]:
    calendar = dice.choice(("solar", "solar", "lunar"))
    if dice.random() < 0.2:
        return {"birth_month": None, "birth_day": None, "birth_calendar": calendar}
    if calendar == "lunar":
        month, day = dice.randint(1, 12), dice.choice((1, 15, 29, 30, dice.randint(1, 30)))
    else:
        near = now + timedelta(days=dice.randint(-10, 40))
        leap = dice.random() < 0.15
        month, day = (2, 29) if leap else (near.month, near.day)
    return {"birth_month": month, "birth_day": day, "birth_calendar": calendar}


def _sale(dice: random.Random, now: datetime) -> Sale:
    sale = Sale(
        placed_at=_past(dice, now),
        currency=dice.choice(("EUR", "EUR", "EUR", "EUR", "USD")),
        total=dice.choice((0, 1000, 2500, 5990, 10_000, dice.randint(1, 30_000))),
        paid=dice.random() < 0.85,
        cancelled=dice.random() < 0.1,
        test=dice.random() < 0.05,
        deleted=dice.random() < 0.05,
        products=dice.sample(PRODUCTS, dice.randint(1, 2)),
    )
    if sale.total and dice.random() < 0.3:
        sale.refunds.append((_past(dice, now), dice.randint(1, sale.total)))
    return sale


def counted(person: Person) -> list[Sale]:
    """List the orders that count."""
    return [sale for sale in person.sales if sale.counts]
