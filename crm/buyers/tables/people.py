"""Tables of the people: buyers, the names they are known by, merges and graves."""

from datetime import datetime
from typing import Any

from sqlalchemy import Computed, ForeignKeyConstraint, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, StoreKey, personal

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
        Index(
            "ix_buyers_top",
            "store_id",
            text("spent_minor DESC"),
            text("last_order_at DESC"),
            "id",
            postgresql_where=text("orders_count > 0 AND merged_into IS NULL AND erased_at IS NULL"),
        ),
        Index("ix_buyers_birthday", "store_id", "birth_month", "birth_day"),
        Index("ix_buyers_city", "store_id", "country", "city"),
        Index("ix_buyers_town", "store_id", text("lower(city)")),
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
    vip_reason: Mapped[str | None] = personal("background")
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
