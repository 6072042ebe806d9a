"""What a refusal says about the address: dead at once, or given up after many full mailboxes."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.buyers.consent import Block, suppress
from crm.channels import Reply
from crm.messages.models import Delivery, Message

_FULL_TIMES = 5
_FULL_DAYS = 30


def record_refusal(
    session: Session, message: Message, address: str, reply: Reply, now: datetime
) -> None:
    """Never write again to an address that is dead, or was full five times in 30 days."""
    gone = reply.cause == "dead"
    if gone or (reply.cause == "full" and _times_full(session, message, now) >= _FULL_TIMES):
        block = Block(message.channel, address, f"{reply.cause} {reply.code}", scope="all")
        suppress(session, message.store_id, block, now)


def _times_full(session: Session, message: Message, now: datetime) -> int:
    query = (
        select(func.count())
        .select_from(Delivery)
        .join(
            Message,
            (Message.store_id == Delivery.store_id) & (Message.id == Delivery.message_id),
        )
        .where(
            Message.store_id == message.store_id,
            Message.buyer_id == message.buyer_id,
            Message.recipient == message.recipient,
            Delivery.event == "deferred",
            Delivery.detail.endswith(" full"),
            Delivery.happened_at > now - timedelta(days=_FULL_DAYS),
        )
    )
    return session.scalar(query) or 0
