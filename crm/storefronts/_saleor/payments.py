"""Reckons what was paid and given back for an order.

The total of an order stays as it is; `totalCharged` is what the shop still holds of the buyer's
money: it falls with each refund, and already while one is under way; `totalRefunded` grows.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from crm.events import Refund
from crm.storefronts._fields import minor
from crm.storefronts._saleor.forms import amount_of

PaymentStatus = Literal["unpaid", "paid", "partially_refunded", "refunded"]


@dataclass(frozen=True, slots=True)
class Payment:
    """How an order stands with its money, in minor units."""

    status: PaymentStatus
    paid_at: datetime | None
    refunded_minor: int
    refunds: tuple[Refund, ...]
    method: str | None


def reckon(told: dict[str, Any], total: int, currency: str) -> Payment:
    """Reckon the payment of a loaded order of `total` minor units."""
    held = minor(amount_of(told["total_charged"]), currency)
    returned = minor(amount_of(told["total_refunded"]), currency)
    returned += _sum(_events(told, "CHARGE_BACK"), currency)
    charges = _events(told, "CHARGE_SUCCESS")
    refunded = _refunded(returned, held, total, _sum(_gains(charges), currency))
    taken = max(held + returned, _sum(charges, currency))
    status = _status(_was_paid(told, taken, total), refunded, total)
    return Payment(
        status=status,
        paid_at=None if status == "unpaid" else told["paid_at"] or _paid_at(charges),
        refunded_minor=refunded,
        refunds=_refunds(told, refunded, currency),
        method=next((one["name"] for one in told["transactions"] if one["name"]), None),
    )


def _refunded(returned: int, held: int, total: int, charged_ever: int) -> int:
    """Tell what was given back of the price; what was charged beyond it lessens no sale."""
    most = total - held if charged_ever > total else total
    return max(min(returned, most), 0)


def _was_paid(told: dict[str, Any], taken: int, total: int) -> bool:
    """Tell whether it was ever paid in full: a part of the money is no sale yet.

    A refund under way has left what the shop holds and not yet reached what is given back.
    """
    full = told["charge_status"] in ("FULL", "OVERCHARGED")
    return bool(told["is_paid"]) or full or 0 < total <= taken


def _status(paid: bool, refunded: int, total: int) -> PaymentStatus:
    if not paid:
        return "unpaid"
    if refunded:
        return "refunded" if refunded >= total else "partially_refunded"
    return "paid"


def _paid_at(charges: list[dict[str, Any]]) -> datetime | None:
    """Find when the last charge came in; None where no transaction says it."""
    known = [event["created_at"] for event in _gains(charges) if event["created_at"]]
    return max(known) if known else None


def _refunds(told: dict[str, Any], refunded: int, currency: str) -> tuple[Refund, ...]:
    """List the refunds one by one where they make up the whole; else only their sum is told."""
    given = _gains([*_events(told, "REFUND_SUCCESS"), *_events(told, "CHARGE_BACK")])
    listed = tuple(
        Refund(event["id"], minor(amount_of(event["amount"]), currency), event["created_at"])
        for event in given
        if event["created_at"]
    )
    return listed if sum(one.amount_minor for one in listed) == refunded else ()


def _events(told: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    every = (event for one in told["transactions"] for event in one["events"])
    return [event for event in every if event["type"] == kind]


def _gains(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out corrections, which an app writes down as negative amounts."""
    return [event for event in events if (amount_of(event["amount"]) or 0) > 0]


def _sum(events: list[dict[str, Any]], currency: str) -> int:
    return sum(minor(amount_of(event["amount"]), currency) for event in events)
