"""What a campaign did: decisions, messages, clicks, the orders after it and what they brought.

An order counts for the campaign if the buyer placed it within `ATTRIBUTION_DAYS` after the
message was accepted; it is a plain last-touch figure, not proof of an effect.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from crm.buyers.models import Order
from crm.campaigns.models import Campaign
from crm.campaigns.queries import count_decisions
from crm.coupons.models import Coupon, Redemption
from crm.messages.models import Click, Message
from crm.money import Money
from crm.stores.models import Store

ATTRIBUTION_DAYS = 14
_GONE_OUT = ("accepted", "delivered", "complained", "uncertain")


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one campaign; money in the store's currency."""

    audience: int
    decisions: dict[str, int]
    reasons: dict[str, int]
    messages: dict[str, int]
    sent: int
    delivered: int
    clicks: int
    orders: int
    net_revenue: Money
    offer_cost: Money


def report(session: Session, store: Store, campaign: Campaign) -> Report:
    """Count a campaign's figures as of now."""
    counted = count_decisions(session, campaign)
    outcomes: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for (outcome, reason), count in counted.items():
        outcomes[outcome] = outcomes.get(outcome, 0) + count
        if reason is not None:
            reasons[reason] = reasons.get(reason, 0) + count
    states = _states(session, campaign)
    orders, revenue = _orders_after(session, store, campaign)
    return Report(
        audience=sum(outcomes.values()),
        decisions=outcomes,
        reasons=reasons,
        messages=states,
        sent=sum(states.get(state, 0) for state in _GONE_OUT),
        delivered=states.get("delivered", 0),
        clicks=_clicks(session, campaign),
        orders=orders,
        net_revenue=Money(revenue, store.currency),
        offer_cost=Money(_offer_cost(session, campaign), store.currency),
    )


def _states(session: Session, campaign: Campaign) -> dict[str, int]:
    asked = (
        select(Message.state, func.count())
        .where(Message.store_id == campaign.store_id, Message.campaign_id == campaign.id)
        .group_by(Message.state)
    )
    return dict(session.execute(asked).all())


def _clicks(session: Session, campaign: Campaign) -> int:
    asked = select(func.count(distinct(Click.message_id))).where(
        Click.store_id == campaign.store_id, Click.campaign_id == campaign.id
    )
    return session.scalar(asked) or 0


def _orders_after(session: Session, store: Store, campaign: Campaign) -> tuple[int, int]:
    window = timedelta(days=ATTRIBUTION_DAYS)
    # A buyer may have had several messages of the campaign: every order counts once.
    touched = (
        select(Order.id, (Order.total_minor - Order.refunded_minor).label("net"))
        .join(
            Message,
            (Message.store_id == Order.store_id) & (Message.buyer_id == Order.buyer_id),
        )
        .where(
            Message.store_id == campaign.store_id,
            Message.campaign_id == campaign.id,
            Message.accepted_at.is_not(None),
            Order.counted,
            Order.currency == store.currency,
            Order.placed_at > Message.accepted_at,
            Order.placed_at <= Message.accepted_at + window,
        )
        .distinct()
        .subquery()
    )
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(touched.c.net), 0)).select_from(touched)
    ).one()
    return int(row[0]), int(row[1])


def _offer_cost(session: Session, campaign: Campaign) -> int:
    asked = (
        select(func.coalesce(func.sum(Redemption.cost_minor), 0))
        .join(
            Coupon,
            (Coupon.store_id == Redemption.store_id) & (Coupon.id == Redemption.coupon_id),
        )
        .where(Coupon.store_id == campaign.store_id, Coupon.campaign_id == campaign.id)
    )
    return int(session.scalar(asked) or 0)
