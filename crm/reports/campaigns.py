"""Campaigns: what each one did and what came of it."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.campaigns.models import Campaign
from crm.campaigns.report import report
from crm.i18n import mark
from crm.reports import Asked, Column, Row

LABEL = mark("Campaigns")
COLUMNS = (
    Column("campaign", "text", mark("Number")),
    Column("name", "text", mark("Name")),
    Column("kind", "text", mark("Kind")),
    Column("state", "text", mark("Status")),
    Column("audience", "count", mark("Considered")),
    Column("sent", "count", mark("Sent")),
    Column("delivered", "count", mark("Delivered")),
    Column("clicks", "count", mark("Clicked")),
    Column("orders", "count", mark("Orders after it")),
    Column("net_revenue", "money", mark("Net revenue after it")),
    Column("offer_cost", "money", mark("Cost of the offer")),
)


def rows(session: Session, asked: Asked) -> Sequence[Row]:
    """List the campaigns that ran at some time within the span, oldest first."""
    wanted = (
        select(Campaign)
        .where(
            Campaign.store_id == asked.store.id,
            Campaign.started_at < asked.end_at,
            or_(Campaign.finished_at.is_(None), Campaign.finished_at >= asked.start_at),
        )
        .order_by(Campaign.started_at, Campaign.id)
    )
    return [_row(session, asked, campaign) for campaign in session.scalars(wanted)]


def _row(session: Session, asked: Asked, campaign: Campaign) -> Row:
    found = report(session, asked.store, campaign)
    return {
        "campaign": str(campaign.id),
        "name": campaign.name,
        "kind": campaign.kind,
        "state": campaign.state,
        "audience": found.audience,
        "sent": found.sent,
        "delivered": found.delivered,
        "clicks": found.clicks,
        "orders": found.orders,
        "net_revenue": found.net_revenue.minor,
        "offer_cost": found.offer_cost.minor,
    }
