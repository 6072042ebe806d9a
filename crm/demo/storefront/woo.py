"""Writes the sample shop's news as WooCommerce does."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from crm.demo.story import News, Opinion, Person, Sale
from crm.money import Money

_TOPICS = {
    "registered": "customer.created",
    "placed": "order.created",
    "paid": "order.created",
    "reviewed": "review.created",
    "review_edited": "review.updated",
}


def write(item: News, secret: str) -> tuple[dict[str, str], bytes]:
    """Write one webhook: its headers and its body."""
    raw = json.dumps(body(item), ensure_ascii=False).encode()
    signature = hmac.new(secret.encode(), raw, hashlib.sha256).digest()
    topic = _TOPICS.get(item.topic, "order.updated")
    return {
        "Content-Type": "application/json",
        "User-Agent": "Sample shop",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": topic.partition(".")[0],
        "X-WC-Webhook-Event": topic.partition(".")[2],
        "X-WC-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-WC-Webhook-ID": "3",
        "X-WC-Webhook-Delivery-ID": hashlib.sha256(raw).hexdigest()[:32],
    }, raw


def body(item: News) -> dict[str, Any]:
    """Write one thing as it stood, as webhooks and the interface show it."""
    if isinstance(item.about, Sale):
        return _order(item.about, item.as_of)
    if isinstance(item.about, Opinion):
        return _review(item.about, item.as_of)
    return _customer(item.about, item.as_of)


def _order(one: Sale, at: datetime) -> dict[str, Any]:
    refunded = one.happened(one.refunded_at, at)
    return {
        "id": one.id,
        "number": str(one.id),
        "status": _status(one, at),
        "currency": one.currency,
        **_times(one, at),
        "discount_total": _money(one, one.discount_minor),
        "shipping_total": _money(one, one.shipping_minor),
        "total": _money(one, one.total_minor),
        "customer_id": 0 if one.as_guest else one.person.id,
        "payment_method": "paypal",
        "payment_method_title": "PayPal",
        "billing": _address(one.person),
        "shipping": {},
        "meta_data": [*_delivery(one, at), *_meta(one.person)],
        "line_items": [_line(one, number) for number in range(len(one.lines))],
        "coupon_lines": [{"id": 1, "code": one.coupon.lower()}] if one.coupon else [],
        "refunds": _refunds(one) if refunded else [],
    }


def _times(one: Sale, at: datetime) -> dict[str, str | None]:
    return {
        "date_created_gmt": _gmt(one.placed_at),
        "date_modified_gmt": _gmt(at),
        "date_paid_gmt": _gmt(one.happened(one.paid_at, at)),
        "date_completed_gmt": _gmt(one.happened(one.shipped_at, at)),
    }


def _delivery(one: Sale, at: datetime) -> list[dict[str, Any]]:
    delivered = one.happened(one.delivered_at, at)
    return [{"id": 1, "key": "_delivered_at", "value": _zulu(delivered)}] if delivered else []


def _line(one: Sale, number: int) -> dict[str, Any]:
    line = one.lines[number]
    return {
        "id": number + 1,
        "name": line.product.title,
        "product_id": line.product.id,
        "variation_id": 0,
        "quantity": line.quantity,
        "sku": line.product.sku,
        "price": _money(one, line.product.price_minor),
        "total": _money(one, line.product.price_minor * line.quantity),
    }


def _status(one: Sale, at: datetime) -> str:
    if one.happened(one.cancelled_at, at):
        return "cancelled"
    if one.happened(one.refunded_at, at) and one.refund_minor >= one.total_minor:
        return "refunded"
    if one.happened(one.shipped_at, at):
        return "completed"
    return "processing" if one.happened(one.paid_at, at) else "pending"


def _refunds(one: Sale) -> list[dict[str, Any]]:
    total = f"-{_money(one, one.refund_minor)}"
    return [{"id": one.id + 500_000, "reason": one.refund_reason, "total": total}]


def _customer(person: Person, at: datetime) -> dict[str, Any]:
    return {
        "id": person.id,
        "date_created_gmt": _gmt(at),
        "date_modified_gmt": _gmt(at),
        "email": person.email or "",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "role": "customer",
        "billing": _address(person),
        "shipping": {},
        "meta_data": _meta(person),
    }


def _review(opinion: Opinion, at: datetime) -> dict[str, Any]:
    person = opinion.sale.person
    return {
        "id": opinion.id,
        "date_created_gmt": _gmt(opinion.posted_at),
        "date_modified_gmt": _gmt(at),
        "product_id": opinion.sale.lines[0].product.id,
        "order_id": opinion.sale.id,
        "customer_id": 0 if opinion.sale.as_guest else person.id,
        "status": "approved",
        "reviewer": f"{person.first_name} {person.last_name}",
        "reviewer_email": person.email or "",
        "title": opinion.title,
        "review": f"<p>{opinion.body}</p>",
        "rating": opinion.rating_at(at),
        "verified": True,
    }


def _address(person: Person) -> dict[str, str]:
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "city": person.city,
        "state": person.region,
        "postcode": person.postcode,
        "country": person.country,
        "email": person.email or "",
        "phone": person.phone or "",
    }


def _meta(person: Person) -> list[dict[str, Any]]:
    told = {"birthday": person.birthday}
    if person.consent is not None:
        told["newsletter"] = "yes" if person.consent else "no"
    return [
        {"id": number, "key": key, "value": value}
        for number, (key, value) in enumerate(told.items(), 10)
        if value
    ]


def _money(one: Sale, minor: int) -> str:
    return Money(minor, one.currency).amount


def _gmt(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if moment else None


def _zulu(moment: datetime) -> str:
    return f"{_gmt(moment)}Z"
