"""What storefronts told and what follows from it: buyers, orders, refunds, reviews.

Our own ids, the time of arrival and the value class (it depends on today and on the path there)
are left out: the same facts give the same lines, however they came.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.buyers import queries
from crm.buyers.consent import consent_states
from crm.buyers.models import Buyer, Consent, Order, OrderItem, Refund, Review
from crm.buyers.profile import birthday_text
from crm.exports.wording import amount, moment, money
from crm.stores.models import Store

Row = dict[str, Any]


def rows(session: Session, store: Store) -> Iterator[Row]:
    """Give every row of the store's state."""
    buyers = session.scalars(queries.present([store.id])).all()
    ids = [buyer.id for buyer in buyers]
    externals = queries.external_ids(session, store.id, ids)
    tags = queries.tags_of(session, store.id, ids)
    consents = consent_states(session, store.id, ids)
    customers = {b.id: _customer(b, externals.get(b.id, [])) for b in buyers}
    for buyer in buyers:
        yield {
            **_buyer(buyer, store),
            **customers[buyer.id],
            "tags": tags.get(buyer.id, []),
            "consents": {ch: _consent(row) for ch, row in consents.get(buyer.id, {}).items()},
        }
    yield from _orders(session, store, customers)
    yield from _reviews(session, store, customers)


def _customer(buyer: Buyer, external_ids: list[str]) -> Row:
    return {"external_ids": external_ids, "email": buyer.email, "phone": buyer.phone}


def _buyer(buyer: Buyer, store: Store) -> Row:
    names = (buyer.first_name, buyer.last_name)
    return {
        "kind": "buyer",
        "first_name": buyer.first_name,
        "last_name": buyer.last_name,
        "name": " ".join(filter(None, names)) or None,
        "birthday": birthday_text(buyer),
        "birthday_calendar": buyer.birth_calendar,
        "city": buyer.city,
        "region": buyer.region,
        "postcode": buyer.postcode,
        "country": buyer.country,
        "locale": buyer.locale,
        "timezone": buyer.timezone,
        "occupation": buyer.occupation,
        "attributes": buyer.attributes,
        "vip": buyer.vip,
        "joined_at": moment(buyer.joined_at),
        "stats": _stats(buyer, store),
    }


def _stats(buyer: Buyer, store: Store) -> Row:
    average = buyer.spent_minor // buyer.orders_count if buyer.orders_count else 0
    return {
        "orders": buyer.orders_count,
        "spent": money(buyer.spent_minor, store.currency),
        "refunded": money(buyer.refunded_minor, store.currency),
        "average_order": money(average, store.currency),
        "first_order_at": moment(buyer.first_order_at),
        "last_order_at": moment(buyer.last_order_at),
        "last_rating": buyer.last_rating,
        "last_score": buyer.last_score,
        "open_cases": buyer.open_cases,
    }


def _consent(row: Consent) -> Row:
    return {
        "status": row.status,
        "basis": row.basis,
        "source": row.source,
        "at": moment(row.decided_at),
    }


def _orders(session: Session, store: Store, customers: Mapping[int, Row]) -> Iterator[Row]:
    items: dict[int, list[OrderItem]] = {}
    for item in session.scalars(
        select(OrderItem).where(OrderItem.store_id == store.id).order_by(OrderItem.id)
    ):
        items.setdefault(item.order_id, []).append(item)
    orders: dict[int, Order] = {}
    for order in session.scalars(select(Order).where(Order.store_id == store.id)):
        orders[order.id] = order
        if order.deleted_at is not None:
            yield {"kind": "order", "external_id": order.external_id, "deleted": True}
        else:
            customer = customers.get(order.buyer_id or 0)
            yield {**_order(order, items.get(order.id, [])), "customer": customer}
    for refund in session.scalars(select(Refund).where(Refund.store_id == store.id)):
        if orders[refund.order_id].deleted_at is None:
            yield _refund(refund, orders[refund.order_id])


def _order(order: Order, items: list[OrderItem]) -> Row:
    return {
        "kind": "order",
        "external_id": order.external_id,
        "number": order.number,
        "status": order.status,
        "payment_status": order.payment_status,
        "fulfillment_status": order.fulfillment_status,
        "placed_at": moment(order.placed_at),
        "paid_at": moment(order.paid_at),
        "fulfilled_at": moment(order.fulfilled_at),
        "delivered_at": moment(order.delivered_at),
        "cancelled_at": moment(order.cancelled_at),
        "updated_at": moment(order.version_at),
        "currency": order.currency,
        "total": amount(order.total_minor, order.currency),
        "discount_total": amount(order.discount_minor, order.currency),
        "refunded_total": amount(order.refunded_minor, order.currency),
        "coupon_codes": sorted(order.coupon_codes),
        "payment_method": order.payment_method,
        "test": order.test,
        "tracking": order.tracking,
        "items": [_item(item, order.currency) for item in items],
    }


def _item(item: OrderItem, currency: str) -> Row:
    return {
        "product_id": item.product_id,
        "variant_id": item.variant_id,
        "sku": item.sku,
        "title": item.title,
        "quantity": item.quantity,
        "unit_price": amount(item.unit_price_minor, currency),
        "total": amount(item.total_minor, currency),
    }


def _refund(refund: Refund, order: Order) -> Row:
    return {
        "kind": "refund",
        "external_id": refund.external_id,
        "order": order.external_id,
        "amount": money(refund.amount_minor, order.currency),
        "refunded_at": moment(refund.refunded_at),
    }


def _reviews(session: Session, store: Store, customers: Mapping[int, Row]) -> Iterator[Row]:
    for review in session.scalars(select(Review).where(Review.store_id == store.id)):
        if review.deleted_at is not None:
            yield {"kind": "review", "external_id": review.external_id, "deleted": True}
            continue
        yield {
            "kind": "review",
            "external_id": review.external_id,
            "product_id": review.product_id,
            "order_id": review.order_external_id,
            "customer": customers.get(review.buyer_id or 0),
            "rating": review.rating,
            "title": review.title,
            "body": review.body,
            "created_at": moment(review.posted_at),
            "updated_at": moment(review.version_at),
            "verified": review.verified,
            "url": review.url,
        }
