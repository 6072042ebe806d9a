"""What a gate's verdict, a storefront's no or a server's reply makes of a message. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crm.channels import Reply
from crm.gates.decide import Verdict
from crm.gates.reasons import SENTENCES, sentence
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.messages.models import Message, State
from crm.messages.sending.backoff import SOON_SECONDS, retry_seconds

# Our own reasons beside those of the gates: why a message waits or could not be sent.
REASONS = {
    "away": mark("The mail server is away or asks for patience; the next try comes by itself."),
    "soft": mark("The mail server asked us to try later; the next try comes by itself."),
    "full": mark("The mailbox is full; the next try comes by itself."),
    "policy": mark(
        "The mail server objects to the sender (SPF, DKIM or policy), not to the buyer."
    ),
    "credentials": mark("The mail server does not accept our user name and password."),
    "dead": mark("The address does not exist; it will not be written to again."),
    "content": mark("The mail server refused the message."),
    "unsendable": mark("The address cannot be used with this mail server."),
    "storefront_away": mark(
        "The storefront could not make the buyer's code yet; the next try follows."
    ),
    "changed": mark("Something changed at the last moment; it is looked at again."),
    "fault": mark("Something broke on our side; the log says what."),
}
# Trouble of the provider, not of one message.
PROVIDER_TROUBLE = ("away", "policy", "credentials")
_MOST_FAULTS = 5


@dataclass(frozen=True, slots=True)
class Ending:
    """How a claim ends; `retry_seconds` is real time, `not_before` business time."""

    state: State
    reason: str | None = None
    detail: str | None = None
    reply: str | None = None
    remote_id: str | None = None
    not_before: datetime | None = None
    retry_seconds: float | None = None
    verdict: Verdict | None = None


def words(reason: str | None, facts: dict[str, Any] | None = None) -> str:
    """Say a message's reason in the reader's language; nothing for none."""
    if reason is None:
        return ""
    return _(REASONS[reason]) if reason in REASONS else sentence(reason, facts or {}, None)


def of_verdict(verdict: Verdict, now: datetime) -> Ending:
    """End a claim the last look did not let through."""
    if verdict.outcome == "deferred":
        later = max(verdict.not_before or now, now + timedelta(seconds=1))
        return Ending("deferred", verdict.reason, not_before=later, verdict=verdict)
    state: State = "expired" if verdict.reason == "expired" else "cancelled"
    return Ending(state, verdict.reason, verdict=verdict)


def of_reply(message: Message, reply: Reply, let_through: Verdict) -> Ending:
    """End a claim by what the channel said."""
    said = f"{reply.code} {reply.text}".strip()
    if reply.kind == "accepted":
        ending = Ending("accepted", remote_id=reply.remote_id, verdict=let_through)
    elif reply.kind == "uncertain":
        ending = in_doubt(message)
    elif reply.kind == "withdrawn":
        return Ending("queued", "changed", retry_seconds=SOON_SECONDS)
    elif reply.kind == "deferred":
        ending = later(message, reply.cause)
    else:
        state: State = "bounced" if reply.cause == "dead" else "refused"
        ending = Ending(state, reply.cause, verdict=_skipped("refused", code=reply.code))
    detail = f"{reply.code} {reply.cause}".strip() if reply.code else reply.cause or None
    return replace(ending, reply=said, detail=detail)


def in_doubt(message: Message) -> Ending:
    """End a claim whose line broke after the dot: a notice goes once more, marketing never."""
    if message.message_class == "transactional" and message.attempts < 2:
        return Ending("queued", "uncertain", retry_seconds=retry_seconds(message.attempts))
    return Ending("uncertain", "uncertain", verdict=Verdict("send", "uncertain", {}))


def later(message: Message, reason: str, asked: float | None = None) -> Ending:
    """End a claim by another try, after a while of real time."""
    return Ending("deferred", reason, retry_seconds=retry_seconds(message.attempts, asked))


def refused(reason: str, **facts: Any) -> Ending:
    """End a claim for good before anything was sent."""
    known = reason if reason in SENTENCES else "refused"
    return Ending("refused", reason, verdict=_skipped(known, **facts))


def of_fault(message: Message) -> Ending:
    """End a claim that met a bug of ours: a few more tries, then no more."""
    if message.attempts < _MOST_FAULTS:
        return later(message, "fault")
    return Ending("refused", "fault", verdict=_skipped("refused"))


def _skipped(reason: str, **facts: Any) -> Verdict:
    return Verdict("skipped", reason, facts)
