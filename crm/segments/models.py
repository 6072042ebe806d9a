"""Saved segments with their counts by day, and where a store's fifths meet."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

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


class SegmentCount(Base):
    """How many buyers a saved segment had on a day of its store."""

    __tablename__ = "segment_counts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["store_id", "segment_id"], ["segments.store_id", "segments.id"], ondelete="CASCADE"
        ),
    )

    store_id: Mapped[StoreKey]
    segment_id: Mapped[int] = mapped_column(primary_key=True)
    counted_on: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int]


class RfmCuts(Base):
    """Where the fifths of a store's buyers meet: four values for each score, lowest first.

    A value above n of them scores n + 1, so equal values have equal scores.
    """

    __tablename__ = "rfm_cuts"

    store_id: Mapped[StoreKey]
    recency: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    frequency: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    monetary: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    buyers: Mapped[int]
    drawn_at: Mapped[datetime]
