"""The last look: whether a message decided earlier may still go out at this moment."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.gates import caps
from crm.gates.decide import Policy, Verdict, decide
from crm.gates.facts import Ask, Known, Occasion, gather
from crm.gates.hours import next_allowed
from crm.stores.models import Store
from crm.stores.settings import StoreSettings, read_settings


class Sendable(Protocol):
    """What the last look needs to know of a message."""

    id: int
    store_id: int
    campaign_id: int | None
    buyer_id: int
    order_id: int | None
    kind: str
    channel: str
    message_class: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Sending:
    """A message about to go, with the settings and facts it is judged by."""

    message: Sendable
    settings: StoreSettings
    known: Known


def at_send(session: Session, store: Store, message: Sendable, now: datetime) -> Verdict:
    """Decide once more about a claimed message, and move its cap slots to now.

    `send` means every gate is open and the slots are taken at `now`; `deferred` carries the first
    legal instant; `skipped` is final.
    """
    settings = read_settings(store)
    known = _known(session, store, message)
    if known is None:
        return Verdict("skipped", "erased", {})
    verdict = decide(known.facts, _policy(settings, message), now)
    if verdict.outcome != "send":
        return verdict
    return _with_slots(session, Sending(message, settings, known), verdict, now)


def _known(session: Session, store: Store, message: Sendable) -> Known | None:
    occasion = Occasion(message.channel, _is_notice(message), message.campaign_id, 0, 0)
    ask = Ask(message.buyer_id, message.order_id)
    return gather(session, store, occasion, [ask]).get(ask)


def _policy(settings: StoreSettings, message: Sendable) -> Policy:
    return Policy(
        message.kind,
        _is_notice(message),
        settings.quiet_hours,
        settings.cases.refund_mute_days,
        message.expires_at,
    )


def _with_slots(session: Session, sending: Sending, verdict: Verdict, now: datetime) -> Verdict:
    message = sending.message
    counted = caps.caps_for(
        sending.settings.frequency_caps,
        message.kind,
        message.channel,
        transactional=_is_notice(message),
    )
    wish = caps.Wish(message.id, sending.known.recipient)
    refusal = caps.move(session, message.store_id, counted, wish, now)
    if refusal is None:
        return verdict
    zone = ZoneInfo(sending.known.facts.zone)
    later = next_allowed(refusal.free_at, zone, sending.settings.quiet_hours)
    return replace(
        verdict,
        outcome="deferred",
        reason="frequency_cap",
        facts={**verdict.facts, "cap": refusal.cap.name},
        not_before=later,
    )


def _is_notice(message: Sendable) -> bool:
    return message.message_class == "transactional"
