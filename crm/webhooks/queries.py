"""Reads the inbox for people: what came, what failed and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session, defer

from crm.errors import NotFound
from crm.i18n import gettext as _
from crm.webhooks.models import Webhook

STATES = ("pending", "processing", "done", "failed")


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits, since when the oldest does, and how much failed."""

    waiting: int
    oldest_at: datetime | None
    failed: int


def list_webhooks(
    session: Session,
    store_ids: Sequence[int] | None,
    *,
    state: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Webhook]:
    """List deliveries, the newest first, without their bodies; `before_id` goes on from a page."""
    wanted = (
        select(Webhook)
        .where(_within(store_ids), Webhook.state == state if state else true())
        .where(Webhook.id < before_id if before_id else true())
        .order_by(Webhook.id.desc())
        .limit(limit)
        .options(defer(Webhook.body, raiseload=True))
    )
    return list(session.scalars(wanted))


def get_webhook(session: Session, store_ids: Sequence[int] | None, webhook_id: int) -> Webhook:
    """Find one delivery with its body. Raises NotFound."""
    wanted = select(Webhook).where(_within(store_ids), Webhook.id == webhook_id)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound(_("There is no webhook %(id)s in the inbox.", id=webhook_id))
    return found


def depth(session: Session, store_ids: Sequence[int] | None) -> Depth:
    """Measure the inbox."""
    waits = Webhook.state.in_(("pending", "processing"))
    waiting, oldest_at = session.execute(
        select(func.count(), func.min(Webhook.received_at)).where(_within(store_ids), waits)
    ).one()
    failed = session.scalar(
        select(func.count()).where(_within(store_ids), Webhook.state == "failed")
    )
    return Depth(waiting, oldest_at, failed or 0)


def _within(store_ids: Sequence[int] | None) -> ColumnElement[bool]:
    return true() if store_ids is None else Webhook.store_id.in_(store_ids)
