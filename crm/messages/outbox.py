"""The outbox: messages added once, claimed under a lease, lapsed when their time is over.

Leases run on the database's real clock, so a test that stops business time still recovers, and a
worker whose own clock is wrong cannot keep a message.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import CTE, ColumnElement, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm import config, instance
from crm.gates import caps
from crm.messages.deliveries import record_deliveries
from crm.messages.models import Message

WAITING = ("queued", "deferred")
_LAPSES_AT_ONCE = 500

MessageKey = tuple[int, int | None, str, int]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message as it was decided; `id` comes from `next_ids`, times are business time."""

    id: int
    store_id: int
    campaign_id: int | None
    occurrence: str
    buyer_id: int
    order_id: int | None
    coupon_id: int | None
    kind: str
    channel: str
    message_class: str
    recipient: str
    priority: int
    content: dict[str, Any]
    not_before: datetime
    expires_at: datetime
    created_at: datetime


def next_ids(session: Session, count: int) -> list[int]:
    """Draw ids for new messages, so that what refers to them can be written first."""
    drawn = text(
        "SELECT nextval(pg_get_serial_sequence('messages', 'id')) FROM generate_series(1, :n)"
    )
    return list(session.scalars(drawn, {"n": count})) if count else []


def add(session: Session, new: Sequence[NewMessage]) -> dict[MessageKey, int]:
    """Add messages; give the ids of the new ones. One that is there already stays as it is."""
    if not new:
        return {}
    rows = [asdict(message) for message in new]
    added = insert(Message).on_conflict_do_nothing()
    keys = (Message.id, Message.store_id, Message.campaign_id, Message.occurrence, Message.buyer_id)
    found = session.execute(added.returning(*keys), rows)
    return {
        (store_id, campaign, turn, buyer): id_ for id_, store_id, campaign, turn, buyer in found
    }


def claim_batch(session: Session, most: int, now: datetime) -> list[Message]:
    """Claim up to `most` due messages, important ones first; on hold only notices."""
    due = _due(session, most, now)
    claim = (
        update(Message)
        .where(Message.store_id == due.c.store_id, Message.id == due.c.id)
        .values(
            state="claimed",
            token=uuid4().hex,
            lease_until=real_now(config.settings().lease_seconds),
            attempts=Message.attempts + 1,
            claimed_at=now,
            retry_at=None,
        )
        .returning(Message)
    )
    claimed = list(session.scalars(claim, execution_options={"synchronize_session": False}))
    record_deliveries(session, claimed, "claimed", None, now)
    return sorted(claimed, key=lambda message: (-message.priority, message.not_before, message.id))


def _due(session: Session, most: int, now: datetime) -> CTE:
    held = instance.is_held(session)
    return (
        select(Message.store_id, Message.id)
        .where(
            Message.state.in_(WAITING),
            Message.not_before <= now,
            Message.expires_at > now,
            or_(Message.retry_at.is_(None), Message.retry_at <= real_now()),
            *([Message.message_class == "transactional"] if held else []),
        )
        .order_by(Message.priority.desc(), Message.not_before, Message.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )


def lapse(session: Session, now: datetime) -> list[Message]:
    """Settle waiting messages whose time is over as expired; their slots are free again."""
    late = (
        select(Message.store_id, Message.id)
        .where(Message.state.in_(WAITING), Message.expires_at <= now)
        .limit(_LAPSES_AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("late")
    )
    lapsed = list(
        session.scalars(
            update(Message)
            .where(Message.store_id == late.c.store_id, Message.id == late.c.id)
            .values(state="expired", reason="expired", settled_at=now)
            .returning(Message),
            execution_options={"synchronize_session": False},
        )
    )
    for store_id in {message.store_id for message in lapsed}:
        mine = [message.id for message in lapsed if message.store_id == store_id]
        caps.release(session, store_id, mine)
    record_deliveries(session, lapsed, "expired", None, now)
    return lapsed


def real_now(later_seconds: float = 0) -> ColumnElement[datetime]:
    """Give the database's real time, or a later one, as an expression."""
    return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, later_seconds)
