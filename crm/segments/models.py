"""Saved segments: a named rule over the buyers of a store."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from crm.db import Base, Key, StoreKey


class Segment(Base):
    """A rule with a name."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("store_id", "name"),)

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    name: Mapped[str]
    rule: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
