"""Tables of what buyers bought, gave back and said."""

from datetime import datetime
from typing import Any

from sqlalchemy import Computed, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from crm.buyers.tables.people import of_buyer
from crm.db import Base, Key, StoreKey, personal

COUNTED = "paid_at IS NOT NULL AND cancelled_at IS NULL AND status <> 'cancelled' AND NOT test"


class Order(Base):
    """A sale as the storefront sees it now."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("store_id", "external_id"),
        of_buyer(),
        Index("ix_orders_buyer", "store_id", "buyer_id", "placed_at"),
        Index("ix_orders_placed", "store_id", "placed_at"),
        Index("ix_orders_delivered", "store_id", "delivered_at"),
        Index("ix_orders_fulfilled", "store_id", "fulfilled_at"),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    external_id: Mapped[str]
    buyer_id: Mapped[int | None]
    number: Mapped[str]
    status: Mapped[str]
    payment_status: Mapped[str]
    fulfillment_status: Mapped[str]
    placed_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    fulfilled_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    currency: Mapped[str]
    total_minor: Mapped[int]
    discount_minor: Mapped[int] = mapped_column(default=0)
    refunded_minor: Mapped[int] = mapped_column(default=0)
    coupon_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    payment_method: Mapped[str | None]
    test: Mapped[bool] = mapped_column(default=False)
    tracking: Mapped[dict[str, Any] | None]
    # The phone, when nothing else told who bought: the order follows that number's owner.
    by_phone: Mapped[str | None] = personal("contact")
    # The version of the newest picture that named the buyer.
    person_version: Mapped[str | None]
    # When each refunded total was first seen: {"1000": "2026-11-21T09:00:00.000000Z"}.
    refunds_seen: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # What `stats.orders` counts: paid, not cancelled, not a test; fully refunded ones still count.
    counted: Mapped[bool] = mapped_column(
        Computed(f"({COUNTED} AND deleted_at IS NULL)", persisted=True)
    )
    # Refunds told by themselves: id → [amount, instant]; they count whatever pictures say.
    refunds_posted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version_at: Mapped[datetime]
    version_rank: Mapped[int]
    version_digest: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


def _of_order() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["store_id", "order_id"], ["orders.store_id", "orders.id"], ondelete="CASCADE"
    )


class OrderItem(Base):
    """One line of an order."""

    __tablename__ = "order_items"
    __table_args__ = (
        _of_order(),
        Index("ix_order_items_order", "store_id", "order_id"),
        Index("ix_order_items_product", "store_id", "product_id", "order_id"),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    order_id: Mapped[int]
    product_id: Mapped[str | None]
    variant_id: Mapped[str | None]
    sku: Mapped[str | None]
    title: Mapped[str]
    quantity: Mapped[int]
    unit_price_minor: Mapped[int]
    total_minor: Mapped[int]


class Refund(Base):
    """Money given back for an order; `source` tells whether the platform itemised it."""

    __tablename__ = "refunds"
    __table_args__ = (
        _of_order(),
        UniqueConstraint("store_id", "order_id", "external_id"),
        Index("ix_refunds_at", "store_id", "refunded_at"),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    order_id: Mapped[int]
    external_id: Mapped[str]
    amount_minor: Mapped[int]
    reason: Mapped[str | None] = personal("history")
    refunded_at: Mapped[datetime]


class Review(Base):
    """A review as it reads now."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("store_id", "external_id"),
        of_buyer(),
        Index("ix_reviews_buyer", "store_id", "buyer_id", "posted_at"),
        Index("ix_reviews_posted", "store_id", "posted_at"),
        Index("ix_reviews_order", "store_id", "order_external_id"),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    external_id: Mapped[str]
    buyer_id: Mapped[int | None]
    product_id: Mapped[str | None]
    order_external_id: Mapped[str | None]
    rating: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str] = personal("history")
    body: Mapped[str] = personal("history")
    verified: Mapped[bool] = mapped_column(default=False)
    url: Mapped[str | None]
    by_phone: Mapped[str | None] = personal("contact")
    person_version: Mapped[str | None]
    posted_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version_at: Mapped[datetime]
    version_rank: Mapped[int]
    version_digest: Mapped[str]
    created_at: Mapped[datetime]
