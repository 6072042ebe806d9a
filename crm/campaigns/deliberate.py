"""One batch of candidates: facts, verdicts, slots, messages and decisions in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.campaigns.audience import Candidate
from crm.campaigns.models import Campaign
from crm.coupons import ledger as coupons
from crm.gates import caps
from crm.gates.decide import Policy, Verdict, decide
from crm.gates.facts import Ask, Known, Occasion, gather
from crm.gates.hours import next_allowed
from crm.messages import outbox
from crm.messages.outbox import NewMessage
from crm.registry import get_plugin
from crm.stores.models import Store
from crm.stores.settings import StoreSettings

Judged = dict[Candidate, tuple[Verdict, int | None]]


@dataclass(frozen=True, slots=True)
class Bench:
    """What every verdict of a batch shares."""

    store: Store
    campaign: Campaign
    settings: StoreSettings

    @property
    def transactional(self) -> bool:
        """Whether the kind is a notice that consent and caps do not concern."""
        kind = get_plugin("crm.campaigns.kinds", self.campaign.kind)
        return bool(kind.TRANSACTIONAL)


@dataclass(frozen=True, slots=True)
class Turn:
    """A candidate who gets a message, with its id and what is known about her."""

    candidate: Candidate
    message_id: int
    known: Known


def deliberate(
    session: Session, bench: Bench, candidates: Sequence[Candidate], now: datetime
) -> Judged:
    """Judge candidates and write the messages of those we may write to.

    The caller records the verdicts in the same transaction.
    """
    known = _gather(session, bench, candidates)
    verdicts = {
        candidate: _judge(bench, candidate, known.get(_ask(candidate)), now)
        for candidate in candidates
    }
    sending = [candidate for candidate in candidates if verdicts[candidate].outcome == "send"]
    ids = dict(zip(sending, outbox.next_ids(session, len(sending)), strict=True))
    for candidate, refusal in _reserve(session, bench, ids, known, now).items():
        verdicts[candidate] = _capped(bench, verdicts[candidate], refusal)
        del ids[candidate]
    turns = [Turn(it, message_id, known[_ask(it)]) for it, message_id in ids.items()]
    added = outbox.add(session, [_message(session, bench, turn, now) for turn in turns])
    for candidate in _doubles(session, bench, ids, set(added.values())):
        verdicts[candidate] = replace(verdicts[candidate], outcome="skipped", reason="already_sent")
        del ids[candidate]
    return {it: (verdicts[it], ids.get(it)) for it in candidates}


def _gather(session: Session, bench: Bench, candidates: Sequence[Candidate]) -> dict[Ask, Known]:
    campaign = bench.campaign
    occasion = Occasion(
        campaign.channel,
        bench.transactional,
        campaign.id,
        bench.settings.holdout_percent,
        campaign.holdout_percent,
    )
    return gather(session, bench.store, occasion, [_ask(candidate) for candidate in candidates])


def _ask(candidate: Candidate) -> Ask:
    return Ask(candidate.buyer_id, candidate.order_id)


def _judge(bench: Bench, candidate: Candidate, known: Known | None, now: datetime) -> Verdict:
    if known is None:
        return Verdict("skipped", "erased", {})
    policy = Policy(
        bench.campaign.kind,
        bench.transactional,
        bench.settings.quiet_hours,
        bench.settings.cases.refund_mute_days,
        candidate.expires_at,
    )
    return decide(known.facts, policy, now)


def _reserve(
    session: Session,
    bench: Bench,
    ids: dict[Candidate, int],
    known: dict[Ask, Known],
    now: datetime,
) -> dict[Candidate, caps.Refusal]:
    counted = caps.caps_for(
        bench.settings.frequency_caps,
        bench.campaign.kind,
        bench.campaign.channel,
        transactional=bench.transactional,
    )
    wishes = [caps.Wish(ids[it], known[_ask(it)].recipient) for it in ids]
    refused = caps.reserve(session, bench.store.id, counted, wishes, now)
    return {it: refused[message_id] for it, message_id in ids.items() if message_id in refused}


def _capped(bench: Bench, verdict: Verdict, refusal: caps.Refusal) -> Verdict:
    facts = {**verdict.facts, "cap": refusal.cap.name}
    if bench.campaign.when_capped == "drop":
        return replace(verdict, outcome="skipped", reason="frequency_cap", facts=facts)
    zone = ZoneInfo(str(facts["zone"]))
    free_at = next_allowed(refusal.free_at, zone, bench.settings.quiet_hours)
    return Verdict("deferred", "frequency_cap", facts, free_at)


def _message(session: Session, bench: Bench, turn: Turn, now: datetime) -> NewMessage:
    candidate, known = turn.candidate, turn.known
    campaign = bench.campaign
    return NewMessage(
        id=turn.message_id,
        store_id=bench.store.id,
        campaign_id=campaign.id,
        occurrence=candidate.occurrence,
        buyer_id=candidate.buyer_id,
        order_id=candidate.order_id,
        coupon_id=_coupon(session, bench, candidate, now),
        kind=campaign.kind,
        channel=campaign.channel,
        message_class="transactional" if bench.transactional else "marketing",
        recipient=known.recipient,
        priority=campaign.priority,
        content=content(campaign, known.locale or bench.store.locale),
        not_before=now,
        expires_at=candidate.expires_at,
        created_at=now,
    )


def content(campaign: Campaign, locale: str) -> dict[str, object]:
    """Freeze what a message of the campaign will say."""
    return {
        **campaign.message,
        "campaign": campaign.name,
        "topic": campaign.topic,
        "locale": locale,
        "revision": campaign.revision,
    }


def _doubles(
    session: Session, bench: Bench, ids: dict[Candidate, int], added: set[int]
) -> list[Candidate]:
    """Find those who have this message already, from a buyer who turned out to be they."""
    doubles = [candidate for candidate, message_id in ids.items() if message_id not in added]
    caps.release(session, bench.store.id, [ids[candidate] for candidate in doubles])
    return doubles


def _coupon(session: Session, bench: Bench, candidate: Candidate, now: datetime) -> int | None:
    campaign = bench.campaign
    if campaign.offer is None:
        return None
    prefix = {"birthday": "BDAY", "promotion": "VIP"}.get(campaign.kind, "THX")
    occasion = coupons.Occasion(campaign.id, candidate.occurrence, candidate.buyer_id)
    offer = {"prefix": prefix, **campaign.offer}
    return coupons.reserve(session, bench.store, occasion, offer, now).id
