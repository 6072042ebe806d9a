"""Writes the sample shop's news as the neutral webhook (Standard Webhooks)."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

from crm.demo.story import Line, News, Opinion, Person, Sale
from crm.money import Money

_TYPES = {
    "registered": "customer.created",
    "placed": "order.created",
    "paid": "order.paid",
    "shipped": "order.fulfilled",
    "delivered": "order.delivered",
    "cancelled": "order.cancelled",
    "refunded": "order.refunded",
    "reviewed": "review.created",
    "review_edited": "review.updated",
}


def write(item: News, secret: str) -> tuple[dict[str, str], bytes]:
    """Write one webhook: its headers, signed for this moment of real time, and its body."""
    envelope = {"type": _TYPES[item.topic], "timestamp": _at(item.as_of), "data": _inner(item)}
    body = json.dumps(envelope, ensure_ascii=False).encode()
    name, sent = f"msg_{hashlib.sha256(body).hexdigest()[:24]}", str(int(time.time()))
    signed = b".".join((name.encode(), sent.encode(), body))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "Sample shop",
        "webhook-id": name,
        "webhook-timestamp": sent,
        "webhook-signature": f"v1,{signature}",
    }, body


def _inner(item: News) -> dict[str, Any]:
    if isinstance(item.about, Sale):
        return _order(item.about, item.as_of)
    if isinstance(item.about, Opinion):
        return _review(item.about, item.as_of)
    at = _at(item.as_of)
    person = item.about
    return {
        **_customer(person, known=True),
        "created_at": at,
        "updated_at": at,
        "address": _address(person),
    }


def _order(one: Sale, at: datetime) -> dict[str, Any]:
    shipped, refunded = one.happened(one.shipped_at, at), one.happened(one.refunded_at, at)
    return {
        "id": str(one.id),
        "number": f"#{one.id}",
        **_states(one, at),
        **_times(one, at),
        "currency": one.currency,
        "total": _money(one, one.total_minor),
        "discount_total": _money(one, one.discount_minor),
        "refunded_total": _money(one, one.refund_minor if refunded else 0),
        "coupon_codes": [one.coupon] if one.coupon else [],
        "payment_method": "Alipay",
        "tracking": _tracking(one) if shipped else None,
        "customer": _customer(one.person, known=not one.as_guest),
        "shipping_address": _address(one.person),
        "items": [_item(one, line) for line in one.lines],
        "refunds": _refunds(one) if refunded else [],
    }


def _states(one: Sale, at: datetime) -> dict[str, str]:
    shipped, delivered, cancelled, refunded = (
        one.happened(moment, at) is not None
        for moment in (one.shipped_at, one.delivered_at, one.cancelled_at, one.refunded_at)
    )
    paid = one.happened(one.paid_at, at) is not None
    return {
        "status": "cancelled" if cancelled else "closed" if delivered else "open",
        "payment_status": _payment(one, paid, one.refund_minor if refunded else 0),
        "fulfillment_status": (
            "delivered" if delivered else "fulfilled" if shipped else "unfulfilled"
        ),
    }


def _times(one: Sale, at: datetime) -> dict[str, str | None]:
    return {
        "placed_at": _at(one.placed_at),
        "paid_at": _at(one.happened(one.paid_at, at)),
        "fulfilled_at": _at(one.happened(one.shipped_at, at)),
        "delivered_at": _at(one.happened(one.delivered_at, at)),
        "cancelled_at": _at(one.happened(one.cancelled_at, at)),
        "updated_at": _at(at),
    }


def _item(one: Sale, line: Line) -> dict[str, Any]:
    return {
        "product_id": str(line.product.id),
        "sku": line.product.sku,
        "title": line.product.title,
        "quantity": line.quantity,
        "unit_price": _money(one, line.product.price_minor),
        "total": _money(one, line.product.price_minor * line.quantity),
    }


def _payment(one: Sale, paid: bool, given_back: int) -> str:
    if given_back:
        return "refunded" if given_back >= one.total_minor else "partially_refunded"
    return "paid" if paid else "unpaid"


def _tracking(one: Sale) -> dict[str, str]:
    number = f"SF{one.id:012d}"
    return {
        "carrier": "SF Express",
        "number": number,
        "url": f"https://parcel.example.test/{number}",
    }


def _refunds(one: Sale) -> list[dict[str, Any]]:
    return [
        {
            "id": f"R{one.id}",
            "amount": _money(one, one.refund_minor),
            "refunded_at": _at(one.refunded_at),
            "reason": one.refund_reason,
        }
    ]


def _review(opinion: Opinion, at: datetime) -> dict[str, Any]:
    return {
        "id": str(opinion.id),
        "product_id": str(opinion.sale.lines[0].product.id),
        "order_id": str(opinion.sale.id),
        "customer": _customer(opinion.sale.person, known=not opinion.sale.as_guest),
        "rating": opinion.rating_at(at),
        "title": opinion.title,
        "body": opinion.body,
        "created_at": _at(opinion.posted_at),
        "updated_at": _at(at),
        "verified": True,
    }


def _customer(person: Person, *, known: bool) -> dict[str, Any]:
    return {
        "id": str(person.id) if known else None,
        "email": person.email,
        "phone": person.phone,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "locale": person.locale,
        "birthday": person.birthday,
        "accepts_marketing": person.consent,
    }


def _address(person: Person) -> dict[str, str]:
    return {
        "city": person.city,
        "region": person.region,
        "postcode": person.postcode,
        "country": person.country,
    }


def _money(one: Sale, minor: int) -> str:
    return Money(minor, one.currency).amount


def _at(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
