"""Reads the order of a neutral webhook; every order type carries the whole order."""

from typing import Any

from crm.events import Item, OrderChanged, Refund, Tracking
from crm.storefronts import Home
from crm.storefronts._fields import load, minor
from crm.storefronts._neutral.envelope import Envelope
from crm.storefronts._neutral.forms import OrderForm
from crm.storefronts._neutral.people import person_of

# Progress within one second: paid beats unpaid, delivered beats fulfilled, cancelled beats all.
_STATUS = {"open": 0, "closed": 1, "cancelled": 2}
_PAYMENT = {"unpaid": 0, "paid": 1, "partially_refunded": 2, "refunded": 3}
_FULFILLMENT = {"unfulfilled": 0, "partial": 1, "fulfilled": 2, "delivered": 3}


def read_order(envelope: Envelope, home: Home) -> OrderChanged:
    """Make the order event of a webhook. Raises Rejected with the fields that are wrong."""
    told = load(OrderForm, envelope.payload, "data")
    currency = told["currency"] or home.currency
    return OrderChanged(
        version=envelope.version(told["updated_at"], _rank(told)),
        external_id=told["id"],
        number=told["number"] or told["id"],
        status=told["status"],
        payment_status=told["payment_status"],
        fulfillment_status=told["fulfillment_status"],
        **_times(told, envelope),
        currency=currency,
        total_minor=minor(told["total"], currency),
        discount_minor=minor(told["discount_total"], currency),
        refunded_minor=_refunded(told, currency),
        coupon_codes=tuple(code for code in told["coupon_codes"] if code),
        payment_method=told["payment_method"],
        test=bool(told["test"]),
        tracking=_tracking(told["tracking"]),
        person=_buyer(told),
        items=tuple(_item(item, currency) for item in told["items"]),
        refunds=tuple(_refund(refund, currency, envelope) for refund in told["refunds"]),
    )


def _rank(told: dict[str, Any]) -> int:
    return (
        16 * _STATUS[told["status"]]
        + 4 * _PAYMENT[told["payment_status"]]
        + _FULFILLMENT[told["fulfillment_status"]]
    )


def _times(told: dict[str, Any], envelope: Envelope) -> dict[str, Any]:
    """Keep the times the shop gives; a state without its time began at this picture's time.

    The counters ask for a time: a paid order without `paid_at` would count as unpaid.
    """
    seen_at = told["updated_at"] or envelope.at
    reached = {
        "paid_at": told["payment_status"] != "unpaid",
        "fulfilled_at": told["fulfillment_status"] in ("fulfilled", "delivered"),
        "delivered_at": told["fulfillment_status"] == "delivered",
        "cancelled_at": told["status"] == "cancelled",
    }
    times = {name: told[name] or (seen_at if is_so else None) for name, is_so in reached.items()}
    if told["payment_status"] != "unpaid" and not told["paid_at"]:
        times["paid_at"] = told["placed_at"]
    return {"placed_at": told["placed_at"], **times}


def _refunded(told: dict[str, Any], currency: str) -> int:
    if told["refunded_total"] is not None:
        return minor(told["refunded_total"], currency)
    listed = sum(minor(refund["amount"], currency) for refund in told["refunds"])
    whole = told["payment_status"] == "refunded" and not listed
    return minor(told["total"], currency) if whole else listed


def _tracking(told: dict[str, Any] | None) -> Tracking | None:
    return Tracking(**told) if told and any(told.values()) else None


def _buyer(told: dict[str, Any]) -> Any:
    if told["customer"] is None:
        return None
    return person_of(told["customer"], told["shipping_address"])


def _item(told: dict[str, Any], currency: str) -> Item:
    quantity, total = told["quantity"], told["total"]
    unit = minor(told["unit_price"], currency)
    return Item(
        product_id=told["product_id"],
        title=told["title"] or "",
        quantity=quantity,
        unit_price_minor=unit,
        total_minor=unit * quantity if total is None else minor(total, currency),
        variant_id=told["variant_id"],
        sku=told["sku"],
    )


def _refund(told: dict[str, Any], currency: str, envelope: Envelope) -> Refund:
    return Refund(
        external_id=told["id"],
        amount_minor=minor(told["amount"], currency),
        refunded_at=told["refunded_at"] or envelope.at,
        reason=told["reason"],
    )
