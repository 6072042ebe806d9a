"""Reads of coupons, newest first."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from crm.coupons.models import Coupon, Redemption


@dataclass(frozen=True, slots=True)
class CouponFilter:
    """Which coupons to list; None does not narrow."""

    campaign_id: int | None = None
    buyer_id: int | None = None
    state: str | None = None
    alarm: bool | None = None


def find_coupon(session: Session, store_id: int, coupon_id: int) -> Coupon | None:
    """Read one coupon of a store."""
    return session.get(Coupon, (store_id, coupon_id))


def list_coupons(
    session: Session,
    store_ids: Sequence[int] | None,
    wanted: CouponFilter,
    before_id: int | None,
    limit: int,
) -> list[Coupon]:
    """List coupons of the stores (None: all) with an id below `before_id`."""
    query = select(Coupon).order_by(Coupon.id.desc()).limit(limit)
    if store_ids is not None:
        query = query.where(Coupon.store_id.in_(store_ids))
    if before_id is not None:
        query = query.where(Coupon.id < before_id)
    for key in ("campaign_id", "buyer_id", "state"):
        value = getattr(wanted, key)
        if value is not None:
            query = query.where(getattr(Coupon, key) == value)
    if wanted.alarm is not None:
        query = query.where(Coupon.alarm.is_not(None) == wanted.alarm)
    return list(session.scalars(query))


def redemptions(session: Session, coupons: Sequence[Coupon]) -> dict[int, list[Redemption]]:
    """Read the redemptions of some coupons, by coupon id, first ones first."""
    keys = [(coupon.store_id, coupon.id) for coupon in coupons]
    found: dict[int, list[Redemption]] = defaultdict(list)
    rows = select(Redemption).where(tuple_(Redemption.store_id, Redemption.coupon_id).in_(keys))
    for row in session.scalars(rows.order_by(Redemption.redeemed_at, Redemption.order_id)):
        found[row.coupon_id].append(row)
    return dict(found)
