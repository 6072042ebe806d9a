"""Tables of what buyers allow and what sellers noted about them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.buyers.tables.people import of_buyer
from crm.db import Base, Key, StoreKey, personal


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
    detail: Mapped[dict[str, Any]] = personal("history")
    actor: Mapped[str]
    changed_at: Mapped[datetime]
