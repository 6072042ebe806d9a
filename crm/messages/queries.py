"""Reads of messages, newest first, for the panel and the interface."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from crm.errors import NotFound
from crm.i18n import gettext as _
from crm.messages import context
from crm.messages.models import Delivery, Message
from crm.messages.outbox import WAITING
from crm.messages.render import Rendered, RenderFailed, render
from crm.stores.models import Store


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages to list; None does not narrow."""

    buyer_id: int | None = None
    campaign_id: int | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What waits in the outboxes: due now and since when, later, on its way, in doubt."""

    due: int
    oldest_due_at: datetime | None
    later: int
    underway: int
    uncertain: int


def list_messages(
    session: Session,
    store_ids: Sequence[int] | None,
    wanted: MessageFilter,
    before_id: int | None,
    limit: int,
) -> list[Message]:
    """List messages of the stores (None: all) with an id below `before_id`, without their parts."""
    parts = (defer(Message.html), defer(Message.text))
    query = select(Message).options(*parts).order_by(Message.id.desc()).limit(limit)
    if store_ids is not None:
        query = query.where(Message.store_id.in_(store_ids))
    if before_id is not None:
        query = query.where(Message.id < before_id)
    for key in ("buyer_id", "campaign_id", "state"):
        value = getattr(wanted, key)
        if value is not None:
            query = query.where(getattr(Message, key) == value)
    return list(session.scalars(query))


def get_message(session: Session, store_ids: Sequence[int] | None, message_id: int) -> Message:
    """Read one message of the stores (None: all). Raises NotFound."""
    query = select(Message).where(Message.id == message_id)
    if store_ids is not None:
        query = query.where(Message.store_id.in_(store_ids))
    found = session.scalar(query)
    if found is None:
        raise NotFound(_("There is no such message."))
    return found


def letter(session: Session, message: Message) -> Rendered | None:
    """Give a message as it was sent, or as it would read now; None when it cannot be written."""
    if message.html is not None:
        return Rendered(message.subject or "", message.html, message.text or "")
    store = session.get_one(Store, message.store_id)
    try:
        return render(message.content, context.build(session, store, message))
    except RenderFailed:
        return None


def list_deliveries(session: Session, message: Message) -> list[Delivery]:
    """List the steps of a message, first ones first."""
    query = select(Delivery).where(
        Delivery.store_id == message.store_id, Delivery.message_id == message.id
    )
    return list(session.scalars(query.order_by(Delivery.id)))


def outlook(session: Session, store_ids: Sequence[int] | None, now: datetime) -> Outlook:
    """Count what waits in the stores (None: all)."""
    due = Message.state.in_(WAITING) & (Message.not_before <= now) & (Message.expires_at > now)
    later = Message.state.in_(WAITING) & (Message.not_before > now)
    query = select(
        func.count().filter(due),
        func.min(Message.not_before).filter(due),
        func.count().filter(later),
        func.count().filter(Message.state.in_(("claimed", "in_flight"))),
        func.count().filter(Message.state == "uncertain"),
    ).where(Message.state.in_((*WAITING, "claimed", "in_flight", "uncertain")))
    if store_ids is not None:
        query = query.where(Message.store_id.in_(store_ids))
    return Outlook(*session.execute(query).one())
