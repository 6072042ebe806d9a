"""Tells an order of Medusa in the words of the neutral webhook, as our Medusa plugin does."""

from decimal import Decimal
from typing import Any

from crm.storefronts._fields import latest, read_moment
from crm.storefronts._medusa.exact import exact
from crm.storefronts._medusa.people import birthday, rows, tell_address

FIELDS = (
    "id,display_id,status,total,discount_total,currency_code,email,locale,created_at,updated_at,"
    "canceled_at,*customer,*shipping_address,*items,*items.adjustments,*items.tax_lines,"
    "*items.detail,*shipping_methods,*shipping_methods.adjustments,*shipping_methods.tax_lines,"
    "*payment_collections.payments,*payment_collections.payments.captures,"
    "*payment_collections.payments.refunds,*fulfillments,*fulfillments.labels"
)

# Amounts keep a third decimal there; a payment of all but less than a cent is one of all.
_TOLERANCE = Decimal("0.01")


def tell_order(order: dict[str, Any], birthday_key: str) -> dict[str, Any]:
    """Tell an order."""
    payments = _payments(order)
    refunds = [refund for payment in payments for refund in rows(payment, "refunds")]
    captures = [capture for payment in payments for capture in rows(payment, "captures")]
    back, captured = _sum(refunds), _sum(captures)
    # What is refunded, or returned, leaves the total: what was ordered stays.
    total = max(exact(order, "total") + back, captured)
    return {
        "id": order.get("id"),
        "number": _number(order.get("display_id")),
        "status": _status(order),
        "payment_status": _payment_status(order, total, captured, back),
        "fulfillment_status": _fulfillment_status(order),
        "placed_at": order.get("created_at"),
        **_times(order, captures),
        "updated_at": newest(order),
        "currency": order.get("currency_code"),
        "total": total,
        "discount_total": exact(order, "discount_total"),
        "refunded_total": back,
        "coupon_codes": _codes(order),
        "payment_method": payments[0].get("provider_id") if payments else None,
        "tracking": _tracking(order),
        "customer": _customer(order, birthday_key),
        "shipping_address": tell_address(order.get("shipping_address")),
        "items": [_item(item) for item in rows(order, "items")],
        "refunds": [_refund(one) for one in refunds],
    }


def newest(order: dict[str, Any]) -> str | None:
    """Say when an order last changed: a capture leaves Medusa's own `updated_at` alone."""
    payments = _payments(order)
    inner = [one for payment in payments for name in _MONEY for one in rows(payment, name)]
    things = [order, *payments, *inner, *rows(order, "fulfillments")]
    return latest(things, "updated_at")


_MONEY = ("captures", "refunds")


def _payments(order: dict[str, Any]) -> list[dict[str, Any]]:
    groups = rows(order, "payment_collections")
    return [payment for group in groups for payment in rows(group, "payments")]


def _status(order: dict[str, Any]) -> str:
    ended = {"canceled": "cancelled", "completed": "closed", "archived": "closed"}
    return ended.get(str(order.get("status")), "open")


def _payment_status(order: dict[str, Any], total: Decimal, captured: Decimal, back: Decimal) -> str:
    if back > 0:
        return "refunded" if captured - back < _TOLERANCE else "partially_refunded"
    if not captured and _status(order) == "cancelled":
        return "unpaid"
    return "paid" if total - captured < _TOLERANCE else "unpaid"


def _fulfillment_status(order: dict[str, Any]) -> str:
    """Judge by the lines: packing is not sending, but what needs no parcel is done when packed."""
    items = rows(order, "items")
    wanted = sum((exact(item, "quantity") for item in items), Decimal())
    delivered = _moved(items, "delivered_quantity")
    sent = _moved(items, "shipped_quantity")
    if wanted and delivered >= wanted:
        return "delivered"
    if wanted and sent >= wanted:
        return "fulfilled"
    return "partial" if sent or delivered else "unfulfilled"


def _moved(items: list[dict[str, Any]], name: str) -> Decimal:
    moved = Decimal()
    for item in items:
        found = item.get("detail")
        detail = found if isinstance(found, dict) else {}
        by_parcel = item.get("requires_shipping") is not False
        moved += exact(detail, name if by_parcel else "fulfilled_quantity")
    return moved


def _times(order: dict[str, Any], captures: list[dict[str, Any]]) -> dict[str, Any]:
    reached = _fulfillment_status(order)
    parcels = [one for one in rows(order, "fulfillments") if not one.get("canceled_at")]
    sent = [one.get("shipped_at") or one.get("packed_at") for one in parcels]
    return {
        "paid_at": _last([one.get("created_at") for one in captures]),
        "fulfilled_at": _last(sent) if reached in ("fulfilled", "delivered") else None,
        "delivered_at": _last([one.get("delivered_at") for one in parcels])
        if reached == "delivered"
        else None,
        "cancelled_at": order.get("canceled_at"),
    }


def _last(times: list[Any]) -> str | None:
    moments = [moment for text in times if (moment := read_moment(text))]
    return max(moments).isoformat() if moments else None


def _codes(order: dict[str, Any]) -> list[str]:
    """List the codes by what they took off: that stays, also when a promotion is deleted."""
    lines = [*rows(order, "items"), *rows(order, "shipping_methods")]
    found = [one.get("code") for line in lines for one in rows(line, "adjustments")]
    return sorted({code for code in found if isinstance(code, str)})


def _tracking(order: dict[str, Any]) -> dict[str, Any] | None:
    parcels = [one for one in rows(order, "fulfillments") if not one.get("canceled_at")]
    labels = [label for one in parcels for label in rows(one, "labels")]
    last = labels[-1] if labels else None
    return last and {"number": last.get("tracking_number"), "url": last.get("tracking_url")}


def _customer(order: dict[str, Any], birthday_key: str) -> dict[str, Any] | None:
    """Tell the buyer; a guest's own row holds no name, her address does."""
    found, where = order.get("customer"), order.get("shipping_address")
    customer = found if isinstance(found, dict) else {}
    address = where if isinstance(where, dict) else {}
    email = order.get("email") or customer.get("email")
    if not (customer or email):
        return None
    return {
        "id": customer.get("id"),
        "email": email,
        "phone": customer.get("phone") or address.get("phone"),
        "first_name": customer.get("first_name") or address.get("first_name"),
        "last_name": customer.get("last_name") or address.get("last_name"),
        "locale": order.get("locale"),
        "birthday": birthday(customer, birthday_key),
        "created_at": customer.get("created_at"),
    }


def _item(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "product_id": item.get("product_id"),
        "variant_id": item.get("variant_id"),
        "sku": item.get("variant_sku"),
        "title": item.get("product_title") or item.get("title"),
        "quantity": int(exact(item, "quantity")),
        "unit_price": exact(item, "unit_price"),
        "total": exact(item, "total"),
    }


def _refund(refund: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": refund.get("id"),
        "amount": exact(refund, "amount"),
        "refunded_at": refund.get("created_at"),
        "reason": refund.get("note"),
    }


def _number(value: Any) -> str | None:
    return str(value) if isinstance(value, int) else None


def _sum(things: list[dict[str, Any]]) -> Decimal:
    return sum((exact(one, "amount") for one in things), Decimal())
