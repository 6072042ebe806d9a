"""Tells an order of Vendure in the words of the neutral webhook, as our Vendure plugin does."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts._fields import read_moment
from crm.storefronts._vendure.people import rows, tell_address, tell_customer

FIELDS = """id code state type updatedAt orderPlacedAt currencyCode totalWithTax couponCodes
customer { id emailAddress phoneNumber firstName lastName createdAt CUSTOM }
shippingAddress { city province postalCode countryCode phoneNumber }
discounts { amountWithTax }
lines { quantity orderPlacedQuantity unitPriceWithTax proratedLinePriceWithTax
  productVariant { id sku name productId } }
payments { state amount method updatedAt refunds { id state total reason createdAt updatedAt } }
fulfillments { state method trackingCode updatedAt }
history(options: {sort: {createdAt: ASC}, take: 100}) { items { type createdAt data } }"""

_PAID = "PaymentSettled"
_SENT = ("Shipped", "Delivered")


def tell_order(order: dict[str, Any], places: int) -> dict[str, Any]:
    """Tell an order; `places` is how many decimal places the server's integers hold."""
    payments, reached = rows(order, "payments"), _reached(order)
    settled = sum(_count(one, "amount") for one in payments if one.get("state") == "Settled")
    refunds = _settled_refunds(payments)
    # Lines that are cancelled leave the total; what was paid for them is refunded by itself.
    total = max(_count(order, "totalWithTax"), settled)
    back = sum(_count(one, "total") for one in refunds)
    return {
        "id": order.get("id"),
        "number": order.get("code"),
        "status": _status(order),
        "payment_status": _payment_status(order, settled, total, back),
        "fulfillment_status": _fulfillment_status(reached),
        "placed_at": order.get("orderPlacedAt"),
        **_times(reached, order),
        "updated_at": newest(order),
        "currency": order.get("currencyCode"),
        "total": _amount(total, places),
        "discount_total": _amount(_discount(order), places),
        "refunded_total": _amount(back, places),
        "coupon_codes": order.get("couponCodes"),
        "payment_method": payments[0].get("method") if payments else None,
        "tracking": _tracking(order),
        "customer": _customer(order),
        "shipping_address": tell_address(order.get("shippingAddress")),
        "items": [_item(line, places) for line in rows(order, "lines")],
        "refunds": [_refund(one, places) for one in refunds],
    }


def newest(order: dict[str, Any]) -> str | None:
    """Say when an order last changed: Vendure's own `updatedAt` stays where the basket was."""
    history = order.get("history")
    payments = rows(order, "payments")
    refunds = [refund for payment in payments for refund in rows(payment, "refunds")]
    listed = [
        order.get("updatedAt"),
        order.get("orderPlacedAt"),
        *(one.get("updatedAt") for one in (*payments, *refunds, *rows(order, "fulfillments"))),
        *(one.get("createdAt") for one in rows(history, "items")),
    ]
    moments: list[datetime] = [moment for text in listed if (moment := read_moment(text))]
    return max(moments).isoformat() if moments else None


def _status(order: dict[str, Any]) -> str:
    return {"Cancelled": "cancelled", "Delivered": "closed"}.get(str(order.get("state")), "open")


def _payment_status(order: dict[str, Any], settled: int, total: int, back: int) -> str:
    if back:
        return "refunded" if back >= settled else "partially_refunded"
    if settled < total or (not settled and order.get("state") == "Cancelled"):
        return "unpaid"
    return "paid"


def _fulfillment_status(reached: dict[str, str]) -> str:
    if "Delivered" in reached:
        return "delivered"
    if "Shipped" in reached:
        return "fulfilled"
    partly = "PartiallyShipped" in reached or "PartiallyDelivered" in reached
    return "partial" if partly else "unfulfilled"


def _reached(order: dict[str, Any]) -> dict[str, str]:
    """Map every state the order was in to when it first came there."""
    found: dict[str, str] = {}
    for entry in rows(order.get("history"), "items"):
        told = entry.get("data")
        state = told.get("to") if isinstance(told, dict) else None
        if isinstance(state, str) and (name := _milestone(entry.get("type"), state)):
            found.setdefault(name, entry["createdAt"])
    if isinstance(order.get("state"), str):
        found.setdefault(order["state"], newest(order) or "")
    return found


def _milestone(kind: Any, state: str) -> str | None:
    if kind == "ORDER_STATE_TRANSITION":
        return state
    return _PAID if kind == "ORDER_PAYMENT_TRANSITION" and state == "Settled" else None


def _times(reached: dict[str, str], order: dict[str, Any]) -> dict[str, Any]:
    sent = [reached[state] for state in _SENT if state in reached]
    return {
        "paid_at": reached.get(_PAID),
        "fulfilled_at": min(sent) if sent else None,
        "delivered_at": reached.get("Delivered"),
        "cancelled_at": reached.get("Cancelled") if _status(order) == "cancelled" else None,
    }


def _settled_refunds(payments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    refunds = [refund for payment in payments for refund in rows(payment, "refunds")]
    return [refund for refund in refunds if refund.get("state") == "Settled"]


def _discount(order: dict[str, Any]) -> int:
    return max(-sum(_count(one, "amountWithTax") for one in rows(order, "discounts")), 0)


def _tracking(order: dict[str, Any]) -> dict[str, Any] | None:
    sent = [one for one in rows(order, "fulfillments") if one.get("trackingCode")]
    sent = [one for one in sent if one.get("state") != "Cancelled"]
    last = sent[-1] if sent else None
    return last and {"carrier": last.get("method"), "number": last["trackingCode"]}


def _customer(order: dict[str, Any]) -> dict[str, Any] | None:
    told = tell_customer(order.get("customer"))
    where = order.get("shippingAddress")
    if told and not told["phone"] and isinstance(where, dict):
        told["phone"] = where.get("phoneNumber")
    return told


def _item(line: dict[str, Any], places: int) -> dict[str, Any]:
    found = line.get("productVariant")
    variant = found if isinstance(found, dict) else {}
    return {
        "product_id": variant.get("productId"),
        "variant_id": variant.get("id"),
        "sku": variant.get("sku"),
        "title": variant.get("name"),
        "quantity": line.get("orderPlacedQuantity") or line.get("quantity"),
        "unit_price": _amount(_count(line, "unitPriceWithTax"), places),
        "total": _amount(_count(line, "proratedLinePriceWithTax"), places),
    }


def _refund(refund: dict[str, Any], places: int) -> dict[str, Any]:
    return {
        "id": refund.get("id"),
        "amount": _amount(_count(refund, "total"), places),
        "refunded_at": refund.get("updatedAt"),
        "reason": refund.get("reason"),
    }


def _count(thing: dict[str, Any], name: str) -> int:
    value = thing.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Rejected(_("%(name)s is no whole number of minor units.", name=name))
    return value


def _amount(units: int, places: int) -> Decimal:
    return Decimal(units).scaleb(-places)
