"""Whether somebody stopped the campaign behind a message after it had been decided."""

from sqlalchemy import ColumnElement, Select, column, exists, select, table
from sqlalchemy.orm import Session

from crm.gates.decide import Verdict
from crm.messages.models import Message
from crm.messages.sending.endings import Ending

_STOPPED = ("paused", "cancelled")
# Campaigns lie above this folder; of one only the state is read.
_campaigns = table("campaigns", column("store_id"), column("id"), column("state"))


def find_stop(session: Session, message: Message) -> Ending | None:
    """Tell how a claimed message of a stopped campaign ends; None while nobody stopped it.

    Sees a pause that is being lifted to its end, so that `resume` cannot miss the message.
    """
    asked = _state(message)
    if session.scalar(asked) is None:
        return None
    state = session.scalar(asked.with_for_update(read=True))
    if state == "cancelled":
        return Ending("cancelled", state, verdict=Verdict("skipped", state, {}))
    return Ending("deferred", state, not_before=message.expires_at) if state else None


def is_stopped(message: Message) -> ColumnElement[bool]:
    """Ask whether a message's campaign is stopped, as part of another statement."""
    return exists(_state(message))


def _state(message: Message) -> Select[str]:
    return select(_campaigns.c.state).where(
        _campaigns.c.store_id == message.store_id,
        _campaigns.c.id == message.campaign_id,
        _campaigns.c.state.in_(_STOPPED),
    )
