"""Who is due: the kind's SELECT, the audience's rule, and no decision with that key yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, true
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.campaigns.kinds import Due, Plan
from crm.campaigns.models import Campaign, Decision
from crm.segments.compile import where
from crm.segments.models import Segment
from crm.segments.nesting import recall
from crm.segments.scope import scope_of
from crm.stores.models import Store
from crm.stores.zones import zone


@dataclass(frozen=True, slots=True)
class Candidate:
    """A buyer whose turn it is."""

    buyer_id: int
    occurrence: str
    order_id: int | None
    due_at: datetime
    expires_at: datetime


def plan_of(store: Store, campaign: Campaign) -> Plan:
    """Give a started campaign as its kind sees it."""
    assert campaign.started_at is not None
    return Plan(
        store_id=store.id,
        campaign_id=campaign.id,
        zone=zone(store),
        schedule=campaign.schedule,
        started_at=campaign.started_at,
        expires_after=timedelta(hours=campaign.expires_after_hours),
        occurrence_done=campaign.occurrence_done,
    )


def undecided(
    session: Session, store: Store, campaign: Campaign, due: Due, now: datetime
) -> Select[*tuple[Any, ...]]:
    """Ask for the candidates nobody has decided about, in the order of their ids."""
    decided = exists().where(
        Decision.store_id == store.id,
        Decision.campaign_id == campaign.id,
        Decision.occurrence == due.occurrence,
        Decision.buyer_id == Buyer.id,
    )
    audience = rule_clause(session, store, campaign.audience, now)
    mine = due.rows.where(Buyer.store_id == store.id, *living(), ~decided, audience)
    return mine.order_by(Buyer.id)


def read_candidates(
    session: Session, asked: Select[*tuple[Any, ...]], limit: int
) -> Sequence[Candidate]:
    """Read the first candidates of a question."""
    return [Candidate(**row) for row in session.execute(asked.limit(limit)).mappings()]


def rule_clause(
    session: Session, store: Store, audience: dict[str, Any] | None, now: datetime
) -> ColumnElement[bool]:
    """Compile an audience (a rule, a saved segment, or everybody) to a condition over Buyer."""
    rule = audience_rule(session, store, audience)
    if rule is None:
        return true()
    return where(recall(session, store, rule), scope_of(store, now))


def audience_rule(
    session: Session, store: Store, audience: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Give the rule behind an audience; a segment is read as it is now."""
    if not audience or "segment" not in audience:
        return audience
    segment = session.get_one(Segment, (store.id, int(audience["segment"])))
    return segment.rule


def living() -> tuple[ColumnElement[bool], ...]:
    """Leave out buyers that were erased or merged into another."""
    return Buyer.erased_at.is_(None), Buyer.merged_into.is_(None)
