"""The inbox: every webhook once, with what became of it."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, personal

State = Literal["pending", "processing", "done", "failed"]


class Webhook(Base):
    """One delivery as it came; the body goes after the retention time, the key stays."""

    __tablename__ = "webhooks"
    __table_args__ = (
        UniqueConstraint("store_id", "delivery_id"),
        Index("ix_webhooks_due", "id", postgresql_where=text("state IN ('pending','processing')")),
        Index("ix_webhooks_failed", "store_id", "id", postgresql_where=text("state = 'failed'")),
        Index("ix_webhooks_received", "store_id", "received_at"),
    )

    # No foreign key: it would lock the row of the store for every webhook that comes. Whoever puts
    # one in looks the store up (see `keeping`).
    store_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[Key]
    # The plugin that reads it: the store's own platform, or an app connected beside it.
    platform: Mapped[str]
    delivery_id: Mapped[str]
    topic: Mapped[str]
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes | None] = personal("payload")
    state: Mapped[str] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    outcome: Mapped[str | None]
    token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
