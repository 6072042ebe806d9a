"""How much work is due at this moment, and what waits for a person."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from crm import instance
from crm.campaigns.models import Campaign, Decision
from crm.cases.models import Case
from crm.coupons.models import Coupon
from crm.messages.models import Message
from crm.timetable import Timetable
from crm.webhooks import spool
from crm.webhooks.models import Webhook


@dataclass(frozen=True)
class Backlog:
    """Figures of one moment; `oldest_seconds` is the age of the oldest due piece of work."""

    depths: dict[str, int] = field(default_factory=dict)
    oldest_seconds: int = 0
    uncertain: int = 0
    failed_webhooks: int = 0
    last_tick_at: datetime | None = None
    hold: bool = False


def without_database() -> Backlog:
    """Tell what can be told while the database is away: what the spool keeps for it."""
    return Backlog(depths=_spooled())


def read(session: Session, now: datetime, real_now: datetime) -> Backlog:
    """Count what is due; `last_tick_at` is real time, everything else business time."""
    counted = {
        "webhooks": _due(session, Webhook.received_at, _waiting_webhooks()),
        "decisions": _due(session, Decision.not_before, _waiting_decisions(now)),
        "messages": _due(session, Message.not_before, _waiting_messages(now, real_now)),
    }
    oldest = min((since for _, since in counted.values() if since), default=now)
    return Backlog(
        depths={name: number for name, (number, _) in counted.items()} | _spooled(),
        oldest_seconds=max(0, int((now - oldest).total_seconds())),
        uncertain=_count(session, Message.state == "uncertain"),
        failed_webhooks=_count(session, Webhook.state == "failed"),
        last_tick_at=_last_tick(session, real_now),
        hold=instance.is_held(session),
    )


def count_states(session: Session) -> dict[str, dict[str, int]]:
    """Count every row of the things with a life by its state."""
    columns: dict[str, Any] = {
        "webhooks": Webhook.state,
        "decisions": Decision.outcome,
        "messages": Message.state,
        "campaigns": Campaign.state,
        "coupons": Coupon.state,
        "cases": Case.state,
    }
    return {thing: dict(session.execute(_by(column)).all()) for thing, column in columns.items()}


def _by(column: Any) -> Any:
    return select(column, func.count()).group_by(column)


def _spooled() -> dict[str, int]:
    return {"spool": len(spool.waiting())}


def _due(session: Session, since: Any, waiting: ColumnElement[bool]) -> tuple[int, datetime | None]:
    number, oldest = session.execute(select(func.count(), func.min(since)).where(waiting)).one()
    return number, oldest


def _count(session: Session, which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(which)) or 0


def _waiting_webhooks() -> ColumnElement[bool]:
    return Webhook.state.in_(("pending", "processing"))


def _waiting_decisions(now: datetime) -> ColumnElement[bool]:
    running = select(Campaign.id).where(Campaign.state == "running")
    return and_(
        Decision.outcome == "deferred",
        Decision.not_before <= now,
        Decision.campaign_id.in_(running),
    )


def _waiting_messages(now: datetime, real_now: datetime) -> ColumnElement[bool]:
    backed_off = and_(Message.retry_at.is_not(None), Message.retry_at > real_now)
    waits = Message.state.in_(("queued", "deferred"))
    due = and_(waits, Message.not_before <= now, ~backed_off)
    return or_(due, Message.state.in_(("claimed", "in_flight")))


def _last_tick(session: Session, real_now: datetime) -> datetime | None:
    ran: datetime | None = session.scalar(
        select(func.max(Timetable.ran_at)).where(Timetable.ran_at <= real_now)
    )
    return ran
