"""Sends what is due: claim, last look, code, letter, channel, settle; no network in a transaction.

A crash before the final dot loses a claim, which lapses; after it the message is `uncertain`.
"""

import time
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crm import channels, config, db, failpoints
from crm.buyers.models import Buyer
from crm.channels import Envelope, Reply
from crm.coupons.create import ensure
from crm.errors import Rejected, Unavailable
from crm.gates import recheck
from crm.gates.decide import Verdict
from crm.messages import context, outbox
from crm.messages.letters import envelope as envelopes
from crm.messages.models import Message
from crm.messages.outcomes import settled
from crm.messages.render import RenderFailed, render
from crm.messages.sending import claims, endings, stops
from crm.messages.sending.announcing import tell_ledger
from crm.messages.sending.backoff import Breaker
from crm.messages.sending.bounces import record_refusal
from crm.messages.sending.endings import Ending
from crm.signing import address_hash
from crm.stores.models import Store

MOST_A_JOB = 200
SECONDS_A_JOB = 10.0
_BATCH = 20
_LAPSED = Verdict("skipped", "expired", {})
_log = structlog.get_logger(__name__)
_breaker = Breaker()


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that the last look let through."""

    message: Message
    verdict: Verdict
    channel: str


def send_due(now: datetime) -> int:
    """Send due messages, at most MOST_A_JOB or for SECONDS_A_JOB; give how many were handled."""
    until = time.monotonic() + SECONDS_A_JOB
    done = _lapse(now)
    while done < MOST_A_JOB and time.monotonic() < until and not _breaker.is_open():
        with db.session() as session:
            batch = outbox.claim_batch(session, 1 if _breaker.is_careful() else _BATCH, now)
        if not batch:
            break
        failpoints.hit("after_claim")
        done += _send_batch(batch, until, now)
    return done


def _lapse(now: datetime) -> int:
    with db.session() as session:
        lapsed = outbox.lapse(session, now)
        for message in lapsed:
            settled(session, message, _LAPSED, now)
    return len(lapsed)


def _send_batch(batch: list[Message], until: float, now: datetime) -> int:
    # Whatever is not begun by the middle of its lease is handed back while it still is ours.
    until = min(until, time.monotonic() + config.settings().lease_seconds / 2)
    for number, message in enumerate(batch):
        if _breaker.is_open() or time.monotonic() > until:
            with db.session() as session:
                claims.give_back(session, batch[number:])
            return number
        _send(message, now)
    return len(batch)


def _send(message: Message, now: datetime) -> None:
    try:
        prepared = _prepare(message, now)
        if prepared is not None:
            _hand_over(*prepared, now)
    except SQLAlchemyError:
        raise
    except Exception:  # noqa: BLE001 - one message must not stand in the way of all others
        _log.exception("a message could not be sent", message_id=message.id)
        with db.session() as session:
            claims.settle_fault(session, message, now)


def _prepare(message: Message, now: datetime) -> tuple[Sending, Envelope] | None:
    """Look once more, make the code, write the letter; None when the message is settled or lost."""
    with db.session() as session:
        fresh = claims.find_claimed(session, message)
        sending = _last_look(session, fresh, now) if fresh is not None else None
        if sending is None:
            return None
        if sending.message.coupon_id is None:
            return _write(session, sending, now)
    if not _has_code(sending.message, now):
        return None
    with db.session() as session:
        return _write(session, sending, now)


def _last_look(session: Session, message: Message, now: datetime) -> Sending | None:
    try:
        channel = channels.pick(message.channel)
    except Rejected:
        claims.settle(session, message, endings.refused("unsendable"), now)
        return None
    stopped = stops.find_stop(session, message)
    if stopped is not None:
        claims.settle(session, message, stopped, now)
        return None
    store = session.get_one(Store, message.store_id)
    verdict = recheck.at_send(session, store, message, now)
    if verdict.outcome != "send":
        claims.settle(session, message, endings.of_verdict(verdict, now), now)
        return None
    message.recipient = address_hash(message.channel, _address(session, message))
    return Sending(message, verdict, channel)


def _has_code(message: Message, now: datetime) -> bool:
    """Make the message's coupon real in the storefront before anybody hears of it."""
    if message.coupon_id is None:
        return True
    try:
        ensure(message.store_id, message.coupon_id, now)
    except Unavailable as away:
        _settle(message, endings.later(message, "storefront_away", away.retry_after), now)
        return False
    except Rejected:
        _settle(message, endings.refused("coupon_failed"), now)
        return False
    return True


def _write(session: Session, sending: Sending, now: datetime) -> tuple[Sending, Envelope] | None:
    message = sending.message
    store, recipient = session.get_one(Store, message.store_id), _address(session, message)
    if address_hash(message.channel, recipient) != message.recipient:
        # Another address since the last look: its caps and refusals have yet to be asked.
        again = endings.of_reply(message, Reply("withdrawn"), sending.verdict)
        claims.settle(session, message, again, now)
        return None
    try:
        letter = render(message.content, context.build(session, store, message))
    except RenderFailed as fault:
        claims.settle(session, message, endings.refused("render_failed", error=str(fault)), now)
        return None
    return sending, envelopes.address(store, message, letter, recipient, now)


def _hand_over(sending: Sending, envelope: Envelope, now: datetime) -> None:
    written = claims.Written(envelope.recipient, envelope.subject, envelope.html, envelope.text)

    def before_dot() -> bool:
        with db.session() as session:
            ours = claims.mark_in_flight(session, sending.message, written, now)
        failpoints.hit("before_final_dot")
        return ours

    reply = channels.get_channel(sending.channel).send(envelope, before_dot)
    if reply.kind == "accepted":
        failpoints.hit("after_accept")
    _conclude(sending, envelope, reply, now)


def _address(session: Session, message: Message) -> str:
    buyer = session.get_one(Buyer, (message.store_id, message.buyer_id))
    return (buyer.email if message.channel == "email" else buyer.phone) or ""


def _conclude(sending: Sending, envelope: Envelope, reply: Reply, now: datetime) -> None:
    if reply.cause in endings.PROVIDER_TROUBLE:
        _breaker.trip()
        _log.warning("the mail server turned us away", code=reply.code, reason=reply.cause)
    elif reply.kind != "withdrawn":
        _breaker.close()
    ending = endings.of_reply(sending.message, reply, sending.verdict)

    def keep(session: Session) -> None:
        row = claims.settle(session, sending.message, ending, now)
        if row is not None:
            record_refusal(session, row, envelope.recipient, reply, now)
            tell_ledger(session, row, now)

    db.in_turn(keep)  # what the server said is known only here


def _settle(message: Message, ending: Ending, now: datetime) -> None:
    with db.session() as session:
        claims.settle(session, message, ending, now)
