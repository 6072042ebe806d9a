"""A satisfaction survey some days after an order was delivered, shipped or paid; once an order."""

from datetime import datetime, timedelta
from typing import Any

from marshmallow import ValidationError, validates_schema
from sqlalchemy import Text, and_, cast, func, literal, select

from crm.buyers.models import Buyer, Order
from crm.campaigns.kinds import Due, Plan
from crm.i18n import mark, ngettext
from crm.stores.form_fields import Form, Part, Whole

LABEL = mark("Satisfaction survey")
TRANSACTIONAL = False
TOPIC = "survey"
STAGES = {
    "delivered": Order.delivered_at,
    "fulfilled": Order.fulfilled_at,
    "paid": Order.paid_at,
}


class DaysAfter(Form):
    """After which stage, and how many days; exactly one stage."""

    delivered = Whole(0, 365)
    fulfilled = Whole(0, 365)
    paid = Whole(0, 365)

    @validates_schema
    def _one(self, loaded: dict[str, Any], **_options: Any) -> None:
        if len(loaded) != 1:
            raise ValidationError(mark("name one of delivered, fulfilled and paid"))


class Schedule(Form):
    """When: `days_after` a stage of the order, such as {"delivered": 7}."""

    days_after = Part(DaysAfter, load_default=lambda: {"delivered": 7})


def due(plan: Plan, now: datetime) -> Due | None:
    """Give the buyer of every order whose days have passed and whose survey has not lapsed."""
    stage, days = _after(plan.schedule)
    reached_at = STAGES[stage]
    due_at = reached_at + timedelta(days=days)
    occurrence = func.concat("order:", cast(Order.id, Text))
    rows = (
        select(
            Buyer.id.label("buyer_id"),
            occurrence.label("occurrence"),
            Order.id.label("order_id"),
            due_at.label("due_at"),
            (due_at + plan.expires_after).label("expires_at"),
        )
        .join(Order, and_(Order.store_id == Buyer.store_id, Order.buyer_id == Buyer.id))
        .where(
            reached_at <= literal(now) - timedelta(days=days),
            reached_at > literal(now) - timedelta(days=days) - plan.expires_after,
            Order.deleted_at.is_(None),
            ~Order.test,
        )
    )
    return Due(rows, occurrence)


def is_over(plan: Plan, now: datetime) -> bool:
    """Tell that orders never end."""
    del plan, now
    return False


def describe(schedule: dict[str, Any]) -> str:
    """Say when it goes out."""
    stage, days = _after(schedule)
    if stage == "delivered":
        return ngettext("%(count)s day after delivery", "%(count)s days after delivery", days)
    if stage == "fulfilled":
        return ngettext("%(count)s day after shipping", "%(count)s days after shipping", days)
    return ngettext("%(count)s day after payment", "%(count)s days after payment", days)


def _after(schedule: dict[str, Any]) -> tuple[str, int]:
    (stage, days), *_rest = (schedule.get("days_after") or {"delivered": 7}).items()
    return stage, int(days)
