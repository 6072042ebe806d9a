"""Coupons as a ledger: issued = live + redeemed + expired + void."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, StoreKey


class Coupon(Base):
    """One code for one buyer and one occasion."""

    __tablename__ = "coupons"
    __table_args__ = (
        UniqueConstraint("store_id", "campaign_id", "occurrence", "buyer_id"),
        Index("uq_coupons_code", "store_id", text("lower(code)"), unique=True),
        ForeignKeyConstraint(["store_id", "buyer_id"], ["buyers.store_id", "buyers.id"]),
        Index("ix_coupons_buyer", "store_id", "buyer_id"),
        Index("ix_coupons_state", "store_id", "state", "expires_at"),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    code: Mapped[str]
    campaign_id: Mapped[int]
    occurrence: Mapped[str]
    buyer_id: Mapped[int]
    percent: Mapped[int | None]
    amount_minor: Mapped[int | None]
    minimum_minor: Mapped[int | None]
    currency: Mapped[str]
    single_use: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(default="issued")
    external_id: Mapped[str | None]
    # The last instant it is good for (UTC) and that day in the store's zone, as the mail says it.
    expires_at: Mapped[datetime]
    expires_on: Mapped[date]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    alarm: Mapped[str | None]
    issued_at: Mapped[datetime]
    live_at: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class Redemption(Base):
    """An order that carried one of our codes; the same order counts once."""

    __tablename__ = "redemptions"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "coupon_id"], ["coupons.store_id", "coupons.id"]),
    )

    store_id: Mapped[StoreKey]
    coupon_id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(primary_key=True)
    cost_minor: Mapped[int]
    redeemed_at: Mapped[datetime]
