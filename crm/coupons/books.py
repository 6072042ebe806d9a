"""Balances the books of coupons: every code issued is in exactly one state."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.buyers.models import Order
from crm.coupons.models import Coupon, Redemption
from crm.stores.models import Store


@dataclass(frozen=True, slots=True)
class Books:
    """issued = waiting + live + redeemed + expired + void; `waiting` is not yet in the storefront.

    `given_minor` is the discount of counted orders in the store's `currency`; `alarms` counts
    single-use codes that came with two orders.
    """

    issued: int
    waiting: int
    live: int
    redeemed: int
    expired: int
    void: int
    given_minor: int
    currency: str
    alarms: int


def books(session: Session, store_id: int, campaign_id: int | None = None) -> Books:
    """Count the coupons of a store, or of one of its campaigns, and what they cost."""
    mine = [Coupon.store_id == store_id]
    if campaign_id is not None:
        mine.append(Coupon.campaign_id == campaign_id)
    tally = select(Coupon.state, func.count()).where(*mine).group_by(Coupon.state)
    by_state: dict[str, int] = dict(session.execute(tally).all())
    store = session.get_one(Store, store_id)
    given = (
        select(func.coalesce(func.sum(Redemption.cost_minor), 0))
        .join(
            Coupon, (Coupon.store_id == Redemption.store_id) & (Coupon.id == Redemption.coupon_id)
        )
        .join(Order, (Order.store_id == Redemption.store_id) & (Order.id == Redemption.order_id))
        .where(*mine, Order.currency == store.currency)
    )
    alarms = select(func.count()).where(*mine, Coupon.alarm.is_not(None))
    return Books(
        issued=sum(by_state.values()),
        waiting=by_state.get("issued", 0),
        live=by_state.get("live", 0),
        redeemed=by_state.get("redeemed", 0),
        expired=by_state.get("expired", 0),
        void=by_state.get("void", 0),
        given_minor=int(session.scalar(given) or 0),
        currency=store.currency,
        alarms=session.scalar(alarms) or 0,
    )
