"""What the holder of a claim may do: go past the point of no return, settle, or give it back.

Every step is a compare-and-set on the claim's token, so a worker that slept through its lease can
do no harm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session

from crm import config
from crm.buyers.models import Buyer, Consent, Suppression
from crm.gates import caps
from crm.instance import Instance
from crm.messages.deliveries import record_delivery
from crm.messages.models import FINAL, Message, State
from crm.messages.outbox import real_now
from crm.messages.outcomes import settled
from crm.messages.sending.endings import Ending, in_doubt, of_fault
from crm.messages.sending.stops import is_stopped

# A settled message no longer needs its places under the caps in these states.
GIVING_BACK = ("refused", "expired", "cancelled")
# Ends that somebody who reads the log wants to know of.
_TELLING = ("refused", "bounced", "uncertain")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """What the viewer shows of a message."""

    address: str
    subject: str
    html: str
    text: str


def find_claimed(session: Session, claimed: Message) -> Message | None:
    """Read a claimed message again; None when the claim was lost meanwhile."""
    return session.scalar(
        select(Message).where(*_held(claimed, "claimed"), Message.lease_until > real_now())
    )


def mark_in_flight(session: Session, claimed: Message, written: Written, now: datetime) -> bool:
    """Commit to sending a claimed message; False when it is no longer ours or no longer wanted.

    This is the last look: what was withdrawn, suppressed, stopped or held since the claim is not
    sent. The lease grows to cover the wait for the server's answer to the final dot.
    """
    chosen = config.settings()
    lease = chosen.lease_seconds + chosen.smtp_timeout_seconds
    marked = session.execute(
        update(Message)
        .where(*_held(claimed, "claimed"), Message.lease_until > real_now(), *_unwanted(claimed))
        .values(
            state="in_flight",
            lease_until=real_now(lease),
            address=written.address,
            subject=written.subject,
            html=written.html,
            text=written.text,
        )
        .returning(Message.id)
    ).one_or_none()
    if marked is not None:
        record_delivery(session, claimed, "in_flight", None, now)
    return marked is not None


def settle(session: Session, claimed: Message, ending: Ending, now: datetime) -> Message | None:
    """End a claim in a state; None when it is no longer ours.

    A message that was given up as uncertain while its worker still waited is settled all the same:
    the worker knows better.
    """
    row = session.scalar(
        select(Message)
        .where(*_held(claimed, "claimed", "in_flight", "uncertain"))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    _write_ending(row, ending, now)
    if ending.retry_seconds is not None:
        row.retry_at = session.scalar(select(real_now(ending.retry_seconds)))
    if ending.state in GIVING_BACK:
        caps.release(session, row.store_id, [row.id])
    record_delivery(session, row, ending.state, ending.detail or ending.reason, now)
    if row.state in _TELLING:
        _log.warning("message ended badly", message_id=row.id, state=row.state, reason=row.reason)
    session.flush()
    if ending.verdict is not None:
        settled(session, row, ending.verdict, now)
    return row


def settle_fault(session: Session, claimed: Message, now: datetime) -> None:
    """End a claim that met a bug of ours: beyond the point of no return it is in doubt."""
    row = session.scalar(select(Message).where(*_held(claimed, "claimed", "in_flight")))
    if row is not None:
        ending = in_doubt(row) if row.state == "in_flight" else of_fault(row)
        settle(session, claimed, ending, now)


def give_back(session: Session, claimed: Sequence[Message]) -> None:
    """Return claims nothing was done with, as if they had never been made."""
    for message in claimed:
        session.execute(
            update(Message)
            .where(*_held(message, "claimed"))
            .values(state="queued", token=None, lease_until=None, attempts=Message.attempts - 1)
        )


def _write_ending(row: Message, ending: Ending, now: datetime) -> None:
    row.state, row.reason = ending.state, ending.reason
    row.reply, row.remote_id = ending.reply, ending.remote_id
    row.lease_until = None
    if ending.state != "uncertain":
        row.token = None
    if ending.not_before is not None:
        row.not_before = ending.not_before
    if ending.state == "accepted":
        row.accepted_at = now
    if ending.state in FINAL:
        row.settled_at = now


def _held(claimed: Message, *states: State) -> tuple[ColumnElement[bool], ...]:
    return (
        Message.store_id == claimed.store_id,
        Message.id == claimed.id,
        Message.token == claimed.token,
        Message.state.in_(states),
    )


def _unwanted(claimed: Message) -> tuple[ColumnElement[bool], ...]:
    """Conditions that nothing has come in between; a notice minds only dead addresses."""
    suppressed = and_(
        Suppression.store_id == claimed.store_id,
        Suppression.channel == claimed.channel,
        Suppression.address_hash == claimed.recipient,
    )
    mine = (Buyer.store_id == claimed.store_id, Buyer.id == claimed.buyer_id)
    here = exists().where(*mine, Buyer.erased_at.is_(None), Buyer.merged_into.is_(None))
    wanted = (here, Message.buyer_id == claimed.buyer_id, ~is_stopped(claimed))
    if claimed.message_class == "transactional":
        return (*wanted, ~exists().where(suppressed, Suppression.scope == "all"))
    agreed = and_(
        Consent.store_id == claimed.store_id,
        Consent.buyer_id == claimed.buyer_id,
        Consent.channel == claimed.channel,
        Consent.status == "granted",
    )
    held = exists().where(Instance.hold)
    return (*wanted, exists().where(agreed), ~exists().where(suppressed), ~held)
