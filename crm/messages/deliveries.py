"""Writes down each step in a message's life."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from crm.messages.models import Delivery, Message


def record_delivery(
    session: Session, message: Message, event: str, detail: str | None, now: datetime
) -> None:
    """Add one step; `detail` is a reason word or a reply code, nothing about a person."""
    record_deliveries(session, [message], event, detail, now)


def record_deliveries(
    session: Session, messages: Iterable[Message], event: str, detail: str | None, now: datetime
) -> None:
    """Add the same step to many messages at once."""
    rows = [
        {
            "store_id": message.store_id,
            "message_id": message.id,
            "event": event,
            "detail": detail,
            "happened_at": now,
        }
        for message in messages
    ]
    if rows:
        session.execute(insert(Delivery), rows)
