"""The outbox: every message once, the ladder of its states, and what came back."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, StoreKey, personal

State = Literal[
    "queued",
    "claimed",
    "in_flight",
    "accepted",
    "delivered",
    "deferred",
    "refused",
    "bounced",
    "complained",
    "expired",
    "cancelled",
    "uncertain",
]
# States in which the message has used, or may have used, its place under the caps.
SPENDING = (
    "queued",
    "deferred",
    "claimed",
    "in_flight",
    "accepted",
    "delivered",
    "uncertain",
    "bounced",
    "complained",
)
FINAL = ("accepted", "delivered", "refused", "bounced", "complained", "expired", "cancelled")


class Message(Base):
    """One message to one recipient; (campaign, occurrence, buyer) makes it once."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("store_id", "campaign_id", "occurrence", "buyer_id"),
        ForeignKeyConstraint(["store_id", "buyer_id"], ["buyers.store_id", "buyers.id"]),
        Index(
            "ix_messages_due",
            text("priority DESC"),
            "not_before",
            "id",
            postgresql_where=text("state IN ('queued','deferred')"),
        ),
        Index(
            "ix_messages_lapsing",
            "expires_at",
            postgresql_where=text("state IN ('queued','deferred')"),
        ),
        Index(
            "ix_messages_uncertain",
            "store_id",
            "id",
            postgresql_where=text("state = 'uncertain'"),
        ),
        Index(
            "ix_messages_leased",
            "lease_until",
            postgresql_where=text("state IN ('claimed','in_flight')"),
        ),
        Index("ix_messages_buyer", "store_id", "buyer_id", "created_at"),
        Index("ix_messages_campaign", "store_id", "campaign_id", "id"),
        Index("ix_messages_recent", "store_id", "id"),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    campaign_id: Mapped[int | None]
    occurrence: Mapped[str]
    buyer_id: Mapped[int]
    order_id: Mapped[int | None]
    coupon_id: Mapped[int | None]
    kind: Mapped[str]
    channel: Mapped[str]
    message_class: Mapped[str]  # marketing | transactional
    recipient: Mapped[str]  # keyed hash of the address
    priority: Mapped[int] = mapped_column(default=50)
    # What to render, frozen when it was decided: subject, preheader, body, format, offer, survey.
    content: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="queued")
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime]
    # Real time: a neighbour was away, and business time may stand still under a clock file.
    retry_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    address: Mapped[str | None] = personal("contact")
    subject: Mapped[str | None] = personal("message")
    html: Mapped[str | None] = personal("message")
    text: Mapped[str | None] = personal("message")
    remote_id: Mapped[str | None]
    reply: Mapped[str | None] = personal("message")


class Delivery(Base):
    """One step in a message's life, or one report about it."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_message", "store_id", "message_id", "id"),)

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    message_id: Mapped[int]
    event: Mapped[str]
    detail: Mapped[str | None]
    happened_at: Mapped[datetime]


class Click(Base):
    """A link of a message that somebody followed."""

    __tablename__ = "clicks"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "buyer_id"], ["buyers.store_id", "buyers.id"]),
        Index("ix_clicks_buyer", "store_id", "buyer_id", "clicked_at"),
        Index("ix_clicks_message", "store_id", "message_id"),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    message_id: Mapped[int]
    buyer_id: Mapped[int]
    campaign_id: Mapped[int | None]
    url: Mapped[str]
    clicked_at: Mapped[datetime]
