"""Ends the doubt about a message: by a person's word, or by a sign that it arrived."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.errors import Conflict, Rejected
from crm.gates import caps
from crm.gates.decide import Verdict
from crm.i18n import gettext as _
from crm.messages.deliveries import record_delivery
from crm.messages.models import Message
from crm.messages.outcomes import settled

OUTCOMES = ("delivered", "not_delivered", "resend")


def resolve(session: Session, message: Message, outcome: str, now: datetime) -> Message:
    """Settle an uncertain message. Raises Conflict when it is not, Rejected for another word.

    `delivered`: it arrived. `not_delivered`: it did not, and shall not; its place under the cap is
    free again. `resend`: it did not, send it once more; it keeps its place.
    """
    if outcome not in OUTCOMES:
        raise Rejected(
            _("There is no such outcome."),
            {"outcome": _("must be one of %(known)s", known=", ".join(OUTCOMES))},
        )
    row = _locked(session, message)
    if row.state != "uncertain":
        raise Conflict(_("Only an uncertain message can be resolved; this one is not."))
    if outcome == "resend":
        _send_again(row, now)
    elif outcome == "delivered":
        _arrive(row, now)
    else:
        _write_off(session, row, now)
    record_delivery(session, row, row.state, f"resolved: {outcome}", now)
    session.flush()
    return row


def record_arrival(session: Session, message: Message, sign: str, now: datetime) -> None:
    """Take a click or an answer as proof that an uncertain message arrived; twice is once."""
    if message.state != "uncertain":
        return
    row = _locked(session, message)
    if row.state == "uncertain":
        _arrive(row, now)
        record_delivery(session, row, "delivered", sign, now)
        settled(session, row, Verdict("send", None, {}), now)


def _arrive(row: Message, now: datetime) -> None:
    row.state, row.reason, row.token = "delivered", None, None
    row.accepted_at = row.accepted_at or row.claimed_at
    row.settled_at = now


def _write_off(session: Session, row: Message, now: datetime) -> None:
    row.state, row.reason, row.token, row.settled_at = "refused", "uncertain", None, now
    caps.release(session, row.store_id, [row.id])
    settled(session, row, Verdict("skipped", "refused", {}), now)


def _send_again(row: Message, now: datetime) -> None:
    if row.expires_at <= now:
        raise Conflict(_("Its time is over; it can no longer be sent."))
    row.state, row.reason, row.token = "queued", None, None
    row.not_before, row.retry_at = now, None


def _locked(session: Session, message: Message) -> Message:
    return session.get_one(
        Message, (message.store_id, message.id), with_for_update=True, populate_existing=True
    )
