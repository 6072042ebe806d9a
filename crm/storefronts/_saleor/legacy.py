"""Brings the older webhook bodies, which follow no query, to the shape of the newer ones."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from crm.storefronts._fields import load, read_moment
from crm.storefronts._saleor.forms import PaymentForm

# An older body is dated by its sending, a moment after the change; dated back a little, a fuller
# picture of the same change that was read through the interface still counts as the newer one.
_LAG = timedelta(seconds=2)


def issued_at(told: dict[str, Any]) -> datetime | None:
    """Read when an older body was made."""
    meta = told.get("meta")
    return read_moment(meta.get("issued_at")) if isinstance(meta, dict) else None


def is_silent_on_payment(told: dict[str, Any]) -> bool:
    """Tell whether an order leaves open if it was paid: transactions are not in these bodies."""
    return not told.get("payments")


def order_of(told: dict[str, Any], topic: str, seen_at: datetime) -> dict[str, Any]:
    """Give an order in the newer shape."""
    channel = told.get("channel")
    currency = channel.get("currency_code") if isinstance(channel, dict) else None
    newer = {name: told.get(name) for name in _SAME if name in told}
    return newer | {
        "updated_at": (seen_at - _LAG).isoformat(),
        "is_paid": True if topic in ("order_fully_paid", "order_fully_refunded") else None,
        "language_code_enum": told.get("language_code"),
        "voucher_code": _voucher(told.get("lines")),
        "billing_address": _address(told.get("billing_address")),
        "shipping_address": _address(told.get("shipping_address")),
        "total": _taxed(told.get("total_gross_amount"), currency),
        "undiscounted_total": _taxed(told.get("undiscounted_total_gross_amount"), currency),
        "lines": [_line(line) for line in _rows(told.get("lines"))],
        "metadata": _metadata(told.get("metadata")),
        **_money(told),
    }


def customer_of(told: dict[str, Any], seen_at: datetime) -> dict[str, Any]:
    """Give a customer in the newer shape."""
    return told | {
        "updated_at": (seen_at - _LAG).isoformat(),
        "default_billing_address": _address(told.get("default_billing_address")),
        "default_shipping_address": _address(told.get("default_shipping_address")),
        "metadata": _metadata(told.get("metadata")),
    }


_SAME = ("id", "number", "status", "created", "user_email", "fulfillments")


def _money(told: dict[str, Any]) -> dict[str, Any]:
    """Add up the payments: what is still captured, and what of the rest was given back."""
    payments = [load(PaymentForm, one, "payments") for one in _rows(told.get("payments"))]
    charged = sum((one["captured_amount"] or Decimal(0) for one in payments), Decimal(0))
    returned = sum(
        (
            (one["total"] or Decimal(0)) - (one["captured_amount"] or Decimal(0))
            for one in payments
            if (one["charge_status"] or "").endswith("refunded")
        ),
        Decimal(0),
    )
    taken = [one for one in payments if one["captured_amount"] or _was_returned(one)]
    paid = [one["created"] for one in taken if one["created"]]
    return {
        "total_charged": {"amount": charged},
        "total_refunded": {"amount": max(returned, Decimal(0))},
        "paid_at": max(paid).isoformat() if paid else None,
        "transactions": [{"name": one["gateway"]} for one in taken],
    }


def _was_returned(payment: dict[str, Any]) -> bool:
    return (payment["charge_status"] or "").endswith("refunded")


def _voucher(lines: Any) -> Any:
    codes = [line.get("voucher_code") for line in _rows(lines) if isinstance(line, dict)]
    return next((code for code in codes if code), None)


def _line(line: Any) -> Any:
    if not isinstance(line, dict):
        return line
    return line | {
        "unit_price": _taxed(line.get("unit_price_gross_amount")),
        "total_price": _taxed(line.get("total_price_gross_amount")),
    }


def _address(address: Any) -> Any:
    if not isinstance(address, dict):
        return address
    return address | {"country": {"code": address.get("country")}}


def _taxed(amount: Any, currency: Any = None) -> dict[str, Any]:
    return {"gross": {"amount": amount, "currency": currency}}


def _metadata(entries: Any) -> Any:
    if not isinstance(entries, dict):
        return entries
    return [{"key": key, "value": value} for key, value in entries.items()]


def _rows(listed: Any) -> list[Any]:
    return listed if isinstance(listed, list) else []
