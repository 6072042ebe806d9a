"""Lets a decision follow its message: what the last look or the wire made of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.campaigns.ledger import change_decision, find_decision
from crm.gates.decide import Verdict
from crm.messages.models import Message


def follow_message(session: Session, message: Message, verdict: Verdict, now: datetime) -> None:
    """Replace the decision behind a message by the newer verdict, keeping the old as history."""
    if message.campaign_id is None:
        return
    decision = find_decision(
        session, message.store_id, message.campaign_id, message.occurrence, message.buyer_id
    )
    if decision is not None:
        facts = {**decision.facts, **verdict.facts}
        newer = Verdict(verdict.outcome, verdict.reason, facts, verdict.not_before)
        change_decision(session, decision, newer, message.id, now)
