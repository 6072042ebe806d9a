"""Tables of reading a storefront: each run over a feed, and how its webhooks stand."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, StoreKey

Purpose = Literal["backfill", "reconcile"]


class FeedRun(Base):
    """One pass over one feed, resumed at its bookmark; what it found is counted as it goes."""

    __tablename__ = "feed_runs"
    __table_args__ = (
        Index(
            "uq_feed_runs_open",
            "store_id",
            "platform",
            "feed",
            "purpose",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("ix_feed_runs_last", "store_id", "platform", "feed", "id"),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    platform: Mapped[str]
    feed: Mapped[str]
    purpose: Mapped[str]
    since: Mapped[datetime | None]
    # The feed is known to have been read up to here once the run is finished.
    started_at: Mapped[datetime]
    bookmark: Mapped[str | None]
    pages: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    seen: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    # Changes old enough that their webhook should have come.
    missed: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[list[Any]] = mapped_column(default=list)
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    # Leases and back-off run on real time.
    not_before: Mapped[datetime | None]
    token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class HookCheck(Base):
    """How a storefront's webhooks stood when we last looked."""

    __tablename__ = "hook_checks"

    store_id: Mapped[StoreKey]
    platform: Mapped[str] = mapped_column(primary_key=True)
    checked_at: Mapped[datetime]
    hooks: Mapped[list[Any]] = mapped_column(default=list)
    # Topics that were off or missing, and since when.
    faults: Mapped[list[Any]] = mapped_column(default=list)
    rearmed_at: Mapped[datetime | None]
    error: Mapped[str | None]
