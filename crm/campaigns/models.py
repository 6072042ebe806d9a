"""Tables of campaigns and of the decisions about every buyer."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, StoreKey

CampaignState = Literal["draft", "running", "paused", "finished", "cancelled"]
Outcome = Literal["send", "deferred", "skipped", "held_out"]


class Campaign(Base):
    """What to say to whom, when, and how often."""

    __tablename__ = "campaigns"
    __table_args__ = (
        Index("ix_campaigns_running", "store_id", postgresql_where=text("state = 'running'")),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    name: Mapped[str]
    kind: Mapped[str]
    channel: Mapped[str] = mapped_column(default="email")
    topic: Mapped[str] = mapped_column(default="offers")
    priority: Mapped[int] = mapped_column(default=50)
    state: Mapped[str] = mapped_column(default="draft")
    audience: Mapped[dict[str, Any] | None]
    schedule: Mapped[dict[str, Any]] = mapped_column(default=dict)
    message: Mapped[dict[str, Any]]
    offer: Mapped[dict[str, Any] | None]
    survey: Mapped[dict[str, Any] | None]
    holdout_percent: Mapped[int] = mapped_column(default=0)
    when_capped: Mapped[str] = mapped_column(default="defer")
    expires_after_hours: Mapped[int] = mapped_column(default=72)
    # Grows with every change; a started campaign decides and renders by this revision.
    revision: Mapped[int] = mapped_column(default=1)
    # The last occurrence whose whole audience has been decided; its audience is closed.
    occurrence_done: Mapped[str | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Decision(Base):
    """The one current verdict about a buyer for one occurrence of a campaign.

    `message_id` has no foreign key: messages will be partitioned by time.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("store_id", "campaign_id", "occurrence", "buyer_id"),
        ForeignKeyConstraint(["store_id", "campaign_id"], ["campaigns.store_id", "campaigns.id"]),
        Index("ix_decisions_buyer", "store_id", "buyer_id", "decided_at"),
        Index("ix_decisions_campaign", "store_id", "campaign_id", "id"),
        Index(
            "ix_decisions_waiting",
            "store_id",
            "campaign_id",
            "not_before",
            postgresql_where=text("outcome = 'deferred'"),
        ),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    campaign_id: Mapped[int]
    occurrence: Mapped[str]
    buyer_id: Mapped[int]
    # The thing it is about, an order for a survey: {"order_id": …}.
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    outcome: Mapped[str]
    reason: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    rules_version: Mapped[str]
    due_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime]
    message_id: Mapped[int | None]


class PastDecision(Base):
    """A verdict that was superseded (a deferral that was later sent or lapsed)."""

    __tablename__ = "past_decisions"
    __table_args__ = (Index("ix_past_decisions_decision", "store_id", "decision_id", "id"),)

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    decision_id: Mapped[int]
    campaign_id: Mapped[int]
    occurrence: Mapped[str]
    buyer_id: Mapped[int]
    outcome: Mapped[str]
    reason: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    rules_version: Mapped[str]
    not_before: Mapped[datetime | None]
    decided_at: Mapped[datetime]
    message_id: Mapped[int | None]
