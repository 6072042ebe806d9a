"""Takes back what a dead worker held: sent again before the dot, uncertain after it."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from crm import db
from crm.messages.models import Message, State
from crm.messages.outbox import real_now
from crm.messages.sending import claims
from crm.messages.sending.announcing import tell_ledger
from crm.messages.sending.endings import Ending, in_doubt

_AT_ONCE = 200


def recover_stale(now: datetime) -> int:
    """Settle every claim whose lease has run out; give how many."""
    with db.session() as session:
        before = _stale(session, "claimed")
        for message in before:
            claims.settle(session, message, Ending("queued", None, "lease lost"), now)
        after = _stale(session, "in_flight")
        for message in after:
            _doubt(session, message, now)
    return len(before) + len(after)


def _doubt(session: Session, message: Message, now: datetime) -> None:
    row = claims.settle(session, message, in_doubt(message), now)
    if row is not None and row.state == "uncertain":
        tell_ledger(session, row, now)


def _stale(session: Session, state: State) -> list[Message]:
    gone: tuple[ColumnElement[bool], ...] = (
        Message.state == state,
        Message.lease_until < real_now(),
    )
    found = select(Message).where(*gone).limit(_AT_ONCE).with_for_update(skip_locked=True)
    return list(session.scalars(found))
