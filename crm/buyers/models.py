"""Tables of the buyer database: people, what they bought and said, what they allowed."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Computed,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from crm.db import Base, Key, StoreKey, personal

COUNTED = "paid_at IS NOT NULL AND cancelled_at IS NULL AND status <> 'cancelled' AND NOT test"


SEARCHED = (
    "lower(coalesce(first_name,'') || ' ' || coalesce(last_name,'') || coalesce(first_name,'')"
    " || ' ' || coalesce(email,'') || ' ' || coalesce(phone,''))"
)


def of_buyer() -> ForeignKeyConstraint:
    """Tie a row to its buyer within the store."""
    return ForeignKeyConstraint(["store_id", "buyer_id"], ["buyers.store_id", "buyers.id"])


class Buyer(Base):
    """One person of one store, with roll-ups recomputed from the orders."""

    __tablename__ = "buyers"
    __table_args__ = (
        Index("ix_buyers_last_order", "store_id", "last_order_at"),
        Index("ix_buyers_spent", "store_id", "spent_minor"),
        Index("ix_buyers_birthday", "store_id", "birth_month", "birth_day"),
        Index("ix_buyers_city", "store_id", "country", "city"),
        Index("ix_buyers_tier", "store_id", "tier"),
        Index("ix_buyers_joined", "store_id", "joined_at"),
        Index(
            "ix_buyers_search",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    email: Mapped[str | None] = personal("contact")
    phone: Mapped[str | None] = personal("contact")
    first_name: Mapped[str | None] = personal("name")
    last_name: Mapped[str | None] = personal("name")
    birth_year: Mapped[int | None] = personal("birthday", type_=SmallInteger)
    birth_month: Mapped[int | None] = personal("birthday", type_=SmallInteger)
    birth_day: Mapped[int | None] = personal("birthday", type_=SmallInteger)
    birth_calendar: Mapped[str] = mapped_column(default="solar")
    city: Mapped[str | None] = personal("address")
    region: Mapped[str | None] = personal("address")
    postcode: Mapped[str | None] = personal("address")
    country: Mapped[str | None] = personal("address")
    locale: Mapped[str | None] = personal("language")
    timezone: Mapped[str | None] = personal("address")
    timezone_source: Mapped[str | None]
    occupation: Mapped[str | None] = personal("background")
    attributes: Mapped[dict[str, Any]] = personal("background", default=dict)
    # Where each value came from and how new it is: {"email": {"source", "at", "stamp"}}.
    sources: Mapped[dict[str, Any]] = mapped_column(default=dict)

    vip: Mapped[bool] = mapped_column(default=False)
    vip_reason: Mapped[str | None]
    vip_at: Mapped[datetime | None]
    tier: Mapped[str | None] = mapped_column(String(1))
    tier_reason: Mapped[dict[str, Any] | None]
    tier_since: Mapped[datetime | None]

    orders_count: Mapped[int] = mapped_column(default=0)
    spent_minor: Mapped[int] = mapped_column(default=0)
    refunded_minor: Mapped[int] = mapped_column(default=0)
    first_order_at: Mapped[datetime | None]
    last_order_at: Mapped[datetime | None]
    last_rating: Mapped[int | None] = mapped_column(SmallInteger)
    last_score: Mapped[int | None] = mapped_column(SmallInteger)
    open_cases: Mapped[int] = mapped_column(default=0)

    # Lower-case haystack of the panel's search box.
    search: Mapped[str] = mapped_column(
        Computed(SEARCHED, persisted=True), info={"personal": "contact"}
    )

    joined_at: Mapped[datetime]
    version_at: Mapped[datetime | None]
    version_rank: Mapped[int | None]
    version_digest: Mapped[str | None]
    merged_into: Mapped[int | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Identity(Base):
    """A name a buyer is known by: external id, normalised e-mail, E.164 phone."""

    __tablename__ = "identities"
    __table_args__ = (of_buyer(), Index("ix_identities_buyer", "store_id", "buyer_id"))

    store_id: Mapped[StoreKey]
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = personal("contact", primary_key=True)
    buyer_id: Mapped[int]
    # A phone belongs to whoever claimed it first; the version of that claim (see facts/phones).
    claim: Mapped[str | None]
    created_at: Mapped[datetime]


class Tombstone(Base):
    """The keyed hash of an erased identity: an older event must not bring the person back."""

    __tablename__ = "tombstones"

    store_id: Mapped[StoreKey]
    kind: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]


class Merge(Base):
    """Two buyers found to be one person, with all that is needed to part them again."""

    __tablename__ = "merges"
    __table_args__ = (Index("ix_merges_survivor", "store_id", "survivor_id"),)

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    survivor_id: Mapped[int]
    merged_id: Mapped[int]
    reason: Mapped[str]
    actor: Mapped[str]
    moved: Mapped[dict[str, Any]] = personal("history")
    merged_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


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


class Note(Base):
    """What a seller wrote about a buyer."""

    __tablename__ = "notes"
    __table_args__ = (of_buyer(), Index("ix_notes_buyer", "store_id", "buyer_id", "created_at"))

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    buyer_id: Mapped[int]
    text: Mapped[str] = personal("history")
    pinned: Mapped[bool] = mapped_column(default=False)
    author: Mapped[str]
    created_at: Mapped[datetime]


class Tag(Base):
    """A word a seller hung on a buyer."""

    __tablename__ = "tags"
    __table_args__ = (of_buyer(), Index("ix_tags_tag", "store_id", "tag", "buyer_id"))

    store_id: Mapped[StoreKey]
    buyer_id: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str]
    created_at: Mapped[datetime]


class ConsentEvent(Base):
    """One decision about one channel; never changed, never deleted but by erasure."""

    __tablename__ = "consent_events"
    __table_args__ = (of_buyer(), Index("ix_consent_events_buyer", "store_id", "buyer_id", "id"))

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    buyer_id: Mapped[int]
    channel: Mapped[str]
    status: Mapped[str]
    basis: Mapped[str]
    source: Mapped[str]
    proof: Mapped[str | None] = personal("history")
    actor: Mapped[str]
    decided_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class Consent(Base):
    """The fold of a buyer's consent events for one channel, kept for set-based reading."""

    __tablename__ = "consents"
    __table_args__ = (of_buyer(),)

    store_id: Mapped[StoreKey]
    buyer_id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    basis: Mapped[str]
    source: Mapped[str]
    decided_at: Mapped[datetime]
    # True once the buyer decided here: an order's `accepts_marketing` cannot move it any more.
    own_act: Mapped[bool] = mapped_column(default=False)


class Suppression(Base):
    """An address never to be written to again; only its keyed hash, so it survives erasure."""

    __tablename__ = "suppressions"

    store_id: Mapped[StoreKey]
    channel: Mapped[str] = mapped_column(primary_key=True)
    address_hash: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(default="marketing")
    reason: Mapped[str]
    created_at: Mapped[datetime]


class TierChange(Base):
    """A buyer moved from one value class to another, and why."""

    __tablename__ = "tier_changes"
    __table_args__ = (of_buyer(), Index("ix_tier_changes_buyer", "store_id", "buyer_id", "id"))

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    buyer_id: Mapped[int]
    before: Mapped[str | None] = mapped_column(String(1))
    after: Mapped[str | None] = mapped_column(String(1))
    reason: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


class FlagChange(Base):
    """A VIP flag or the tags changed by somebody: shown in the timeline."""

    __tablename__ = "flag_changes"
    __table_args__ = (of_buyer(), Index("ix_flag_changes_buyer", "store_id", "buyer_id", "id"))

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    buyer_id: Mapped[int]
    kind: Mapped[str]
    detail: Mapped[dict[str, Any]]
    actor: Mapped[str]
    changed_at: Mapped[datetime]
