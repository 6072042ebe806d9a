"""Reads what was given back for an order, and money without rounding."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.events import Refund
from crm.i18n import gettext as _
from crm.money import minor_places
from crm.storefronts._bigcommerce.forms import RefundForm
from crm.storefronts._bigcommerce.statuses import REFUNDED
from crm.storefronts._fields import load, minor, unreadable


def exact(amount: Decimal, currency: str, place: str) -> int:
    """Turn an amount into minor units; parts of a cent are a fault, not a rounding."""
    whole = minor(amount, currency)
    if Decimal(whole).scaleb(-minor_places(currency)) != amount:
        fault = _("is no whole number of %(currency)s cents", currency=currency)
        raise unreadable({place: fault})
    return whole


def read_refunds(listed: list[Any], currency: str, seen_at: datetime) -> tuple[Refund, ...]:
    """Read the refunds of an order, without those that gave nothing back."""
    read = (_refund(load(RefundForm, one, "refunds"), currency, seen_at) for one in listed)
    return tuple(refund for refund in read if refund.amount_minor)


def refunded_of(
    told: dict[str, Any], refunds: tuple[Refund, ...], total: int, currency: str
) -> int:
    """Add up the refunds; `refunded_amount` is often 0 whatever was given back."""
    said = exact(told["refunded_amount"] or Decimal(0), currency, "refunded_amount")
    known = max(said, sum(refund.amount_minor for refund in refunds))
    return total if told["status_id"] == REFUNDED and not known else known


def _refund(told: dict[str, Any], currency: str, seen_at: datetime) -> Refund:
    """Read a refund: the money that went back, without payments the provider declined."""
    payments = told["payments"]
    went = sum(
        (one["amount"] or Decimal(0) for one in payments if not one["is_declined"]), Decimal(0)
    )
    amount = went if payments else told["total_amount"]
    return Refund(
        external_id=told["id"],
        amount_minor=exact(amount, currency, "refunds"),
        refunded_at=told["created"] or seen_at,
        reason=told["reason"],
    )
