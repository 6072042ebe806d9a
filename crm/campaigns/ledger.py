"""The decision ledger: one current verdict per (campaign, occurrence, buyer), and its past."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from crm.campaigns.audience import Candidate
from crm.campaigns.models import Campaign, Decision, PastDecision
from crm.gates.decide import RULES_VERSION, Verdict

_KEPT = (
    "campaign_id",
    "occurrence",
    "buyer_id",
    "outcome",
    "reason",
    "facts",
    "rules_version",
    "not_before",
    "decided_at",
    "message_id",
)


def record_decisions(
    session: Session,
    campaign: Campaign,
    verdicts: Mapping[Candidate, tuple[Verdict, int | None]],
    now: datetime,
) -> None:
    """Write the first verdict about each candidate, with the message it led to."""
    rows = [
        {
            "store_id": campaign.store_id,
            "campaign_id": campaign.id,
            "occurrence": candidate.occurrence,
            "buyer_id": candidate.buyer_id,
            "about": {"order_id": candidate.order_id} if candidate.order_id else {},
            "due_at": candidate.due_at,
            "expires_at": candidate.expires_at,
            "message_id": message_id,
            **_columns(verdict, now),
        }
        for candidate, (verdict, message_id) in verdicts.items()
    ]
    if rows:
        session.execute(upsert(Decision).on_conflict_do_nothing(), rows)


def change_decision(
    session: Session, decision: Decision, verdict: Verdict, message_id: int | None, now: datetime
) -> None:
    """Replace a verdict by a newer one; the old one becomes history. The same again is nothing."""
    same = (decision.outcome, decision.reason, decision.not_before, decision.message_id)
    if same == (verdict.outcome, verdict.reason, verdict.not_before, message_id):
        return
    past = {name: getattr(decision, name) for name in _KEPT}
    session.execute(
        insert(PastDecision).values(store_id=decision.store_id, decision_id=decision.id, **past)
    )
    for name, value in _columns(verdict, now).items():
        setattr(decision, name, value)
    decision.message_id = message_id


def cancel_decisions(
    session: Session, campaign: Campaign, message_ids: Sequence[int], now: datetime
) -> None:
    """Skip whoever still waits and whoever these messages were for; the old verdicts are kept."""
    theirs = Decision.message_id == any_(literal(list(message_ids), ARRAY(BigInteger)))
    kept = [getattr(Decision, name) for name in _KEPT]
    open_ = (
        select(Decision.store_id, Decision.id, *kept)
        .where(
            Decision.store_id == campaign.store_id,
            Decision.campaign_id == campaign.id,
            (Decision.outcome == "deferred") | theirs,
        )
        .with_for_update()
    )
    past = insert(PastDecision).from_select(["store_id", "decision_id", *_KEPT], open_)
    ids = session.scalars(past.returning(PastDecision.decision_id)).all()
    session.execute(
        update(Decision)
        .where(
            Decision.store_id == campaign.store_id,
            Decision.id == any_(literal(list(ids), ARRAY(BigInteger))),
        )
        .values(outcome="skipped", reason="cancelled", not_before=None, decided_at=now)
    )


def find_decision(
    session: Session, store_id: int, campaign_id: int, occurrence: str, buyer_id: int
) -> Decision | None:
    """Find the current decision of one key, locked for change."""
    return session.scalar(
        select(Decision)
        .where(
            Decision.store_id == store_id,
            Decision.campaign_id == campaign_id,
            Decision.occurrence == occurrence,
            Decision.buyer_id == buyer_id,
        )
        .with_for_update()
    )


def waiting(session: Session, campaign: Campaign, limit: int, now: datetime) -> Sequence[Decision]:
    """Give the deferred decisions whose time has come and that no message carries on."""
    return session.scalars(
        select(Decision)
        .where(
            Decision.store_id == campaign.store_id,
            Decision.campaign_id == campaign.id,
            Decision.outcome == "deferred",
            Decision.message_id.is_(None),
            func.least(Decision.not_before, Decision.expires_at) <= now,
        )
        .order_by(Decision.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def _columns(verdict: Verdict, now: datetime) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "facts": verdict.facts,
        "rules_version": RULES_VERSION,
        "not_before": verdict.not_before,
        "decided_at": now,
    }
