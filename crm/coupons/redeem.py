"""Matches coupons with the orders that carried them, and takes a match back with its order."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm.buyers.models import Order, OrderItem
from crm.coupons.models import Coupon, Redemption
from crm.stores.models import Store


def match_order(session: Session, store: Store, order: Order, now: datetime) -> None:
    """Make the redemptions of one order true again; in any order of news it ends the same.

    Only orders that count redeem: a cancelled, deleted or unpaid one gives the coupon back.
    """
    session.flush()
    session.refresh(order, ["counted"])
    codes = {code.strip().lower() for code in order.coupon_codes} if order.counted else set()
    for coupon in _lock(session, store, order, codes):
        if coupon.code.lower() in codes:
            _record(session, order, coupon)
        else:
            _take_back(session, order, coupon)
        _settle(session, coupon, now)
    session.flush()


def match_orders(
    session: Session, store: Store, orders: Mapping[int, Order], now: datetime
) -> None:
    """Do the same for many orders, by their ids; without coupons it is one question for all."""
    if orders and _concerns_coupons(session, store, orders):
        for order in orders.values():
            match_order(session, store, order, now)


def _concerns_coupons(session: Session, store: Store, orders: Mapping[int, Order]) -> bool:
    codes = {code.strip().lower() for order in orders.values() for code in order.coupon_codes}
    used = select(Coupon.id).where(Coupon.store_id == store.id, func.lower(Coupon.code).in_(codes))
    matched = select(Redemption.coupon_id).where(
        Redemption.store_id == store.id, Redemption.order_id.in_(orders)
    )
    return bool(session.scalar(select(or_(used.exists(), matched.exists()))))


def _lock(session: Session, store: Store, order: Order, codes: set[str]) -> list[Coupon]:
    matched = select(Redemption.coupon_id).where(
        Redemption.store_id == store.id, Redemption.order_id == order.id
    )
    concerned = (
        select(Coupon)
        .where(Coupon.store_id == store.id)
        .where(or_(func.lower(Coupon.code).in_(codes), Coupon.id.in_(matched)))
        .order_by(Coupon.id)
        .with_for_update()
    )
    return list(session.scalars(concerned, execution_options={"populate_existing": True}))


def _record(session: Session, order: Order, coupon: Coupon) -> None:
    cost = _cost(session, order, coupon)
    row = insert(Redemption).values(
        store_id=coupon.store_id,
        coupon_id=coupon.id,
        order_id=order.id,
        cost_minor=cost,
        redeemed_at=order.placed_at,
    )
    same = [Redemption.store_id, Redemption.coupon_id, Redemption.order_id]
    known = {"cost_minor": cost, "redeemed_at": order.placed_at}
    session.execute(row.on_conflict_do_update(index_elements=same, set_=known))


def _cost(session: Session, order: Order, coupon: Coupon) -> int:
    if len(order.coupon_codes) == 1 and order.discount_minor > 0:
        return order.discount_minor
    goods = session.scalar(
        select(func.coalesce(func.sum(OrderItem.unit_price_minor * OrderItem.quantity), 0)).where(
            OrderItem.store_id == order.store_id, OrderItem.order_id == order.id
        )
    )
    worth = _worth(coupon, int(goods or 0))
    return min(worth, order.discount_minor) if order.discount_minor > 0 else worth


def _worth(coupon: Coupon, goods_minor: int) -> int:
    if coupon.percent is not None:
        return (goods_minor * coupon.percent + 50) // 100
    return min(coupon.amount_minor or 0, goods_minor)


def _take_back(session: Session, order: Order, coupon: Coupon) -> None:
    session.execute(
        delete(Redemption).where(
            Redemption.store_id == coupon.store_id,
            Redemption.coupon_id == coupon.id,
            Redemption.order_id == order.id,
        )
    )


def _settle(session: Session, coupon: Coupon, now: datetime) -> None:
    uses, first_at = session.execute(
        select(func.count(), func.min(Redemption.redeemed_at)).where(
            Redemption.store_id == coupon.store_id, Redemption.coupon_id == coupon.id
        )
    ).one()
    coupon.alarm = "redeemed_twice" if uses > 1 and coupon.single_use else None
    if uses:
        coupon.state, coupon.settled_at = "redeemed", first_at
    elif coupon.state == "redeemed":
        coupon.state, coupon.settled_at = _unredeemed(coupon, now)


def _unredeemed(coupon: Coupon, now: datetime) -> tuple[str, datetime | None]:
    if coupon.error is not None:
        return "void", now
    if now > coupon.expires_at:
        return "expired", coupon.expires_at
    return ("issued" if coupon.live_at is None else "live"), None
