"""How coupons are written, with the order that redeemed them."""

from collections.abc import Sequence
from typing import TypedDict

from crm.api.shapes.values import MoneyShape, instant, moment, money_or_none, ref
from crm.coupons.models import Coupon, Redemption
from crm.stores.models import Store


class CouponShape(TypedDict):
    """One code for one buyer and one occasion."""

    id: str
    store: str
    code: str
    state: str
    campaign: str
    occurrence: str
    buyer: str
    percent: int | None
    amount: MoneyShape | None
    minimum: MoneyShape | None
    single_use: bool
    expires_at: str
    expires_on: str
    order: str | None
    cost: MoneyShape | None
    redeemed_at: str | None
    alarm: str | None
    error: str | None
    issued_at: str
    live_at: str | None


def coupon_json(store: Store, coupon: Coupon, redeemed: Sequence[Redemption]) -> CouponShape:
    """Write a coupon; `redeemed` first use first, `cost` over all of them."""
    first = redeemed[0] if redeemed else None
    cost = sum(use.cost_minor for use in redeemed) if redeemed else None
    return CouponShape(
        id=str(coupon.id),
        store=store.slug,
        code=coupon.code,
        state=coupon.state,
        campaign=str(coupon.campaign_id),
        occurrence=coupon.occurrence,
        buyer=str(coupon.buyer_id),
        percent=coupon.percent,
        amount=money_or_none(coupon.amount_minor, coupon.currency),
        minimum=money_or_none(coupon.minimum_minor, coupon.currency),
        single_use=coupon.single_use,
        expires_at=instant(coupon.expires_at),
        expires_on=coupon.expires_on.isoformat(),
        order=ref(first.order_id if first else None),
        cost=money_or_none(cost, coupon.currency),
        redeemed_at=moment(first.redeemed_at if first else None),
        alarm=coupon.alarm,
        error=coupon.error,
        issued_at=instant(coupon.issued_at),
        live_at=moment(coupon.live_at),
    )
