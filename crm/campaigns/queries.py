"""Reads of campaigns and their decisions, newest first, paged by id."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.campaigns.models import Campaign, Decision, PastDecision
from crm.errors import Conflict, NotFound
from crm.gates.reasons import sentence
from crm.i18n import gettext as _
from crm.segments.models import Segment
from crm.segments.nesting import used_in


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Which decisions to list; None asks nothing."""

    campaign_id: int | None = None
    buyer_id: int | None = None
    outcome: str | None = None
    reason: str | None = None


def get_campaign(session: Session, store_ids: Sequence[int], campaign_id: int) -> Campaign:
    """Read one campaign of the given stores. Raises NotFound."""
    found = session.scalar(
        select(Campaign).where(Campaign.store_id.in_(store_ids), Campaign.id == campaign_id)
    )
    if found is None:
        raise NotFound(_("There is no such campaign."))
    return found


def hold(session: Session, campaign: Campaign) -> Campaign:
    """Read a campaign again, so that its state stays as it is until the transaction ends."""
    session.refresh(campaign, with_for_update={"key_share": True})
    return campaign


def list_campaigns(
    session: Session,
    store_ids: Sequence[int],
    *,
    state: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Campaign]:
    """List campaigns, newest first; `before` is the last id of the page before."""
    asked = select(Campaign).where(Campaign.store_id.in_(store_ids))
    if state is not None:
        asked = asked.where(Campaign.state == state)
    if before is not None:
        asked = asked.where(Campaign.id < before)
    return session.scalars(asked.order_by(Campaign.id.desc()).limit(limit)).all()


def spare_segment(session: Session, segment: Segment) -> None:
    """Check that no campaign which may still go out needs a segment. Raises Conflict."""
    for campaign in list_campaigns_for(session, segment):
        raise Conflict(_("The campaign “%(name)s” is for this segment.", name=campaign.name))


def list_campaigns_for(session: Session, segment: Segment) -> Sequence[Campaign]:
    """List the campaigns which may still go out to a segment, alone or within a rule, by id."""
    may_go_out = select(Campaign).where(
        Campaign.store_id == segment.store_id,
        Campaign.state.in_(("draft", "running", "paused")),
        Campaign.audience.is_not(None),
    )
    found = session.scalars(may_go_out.order_by(Campaign.id))
    return [one for one in found if segment.id in used_in(one.audience)]


def list_decisions(
    session: Session,
    store_ids: Sequence[int],
    wanted: DecisionFilter,
    *,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Decision]:
    """List current decisions, newest first; `before` is the last id of the page before."""
    asked = _filtered(Decision, store_ids, wanted)
    if before is not None:
        asked = asked.where(Decision.id < before)
    return session.scalars(asked.order_by(Decision.id.desc()).limit(limit)).all()


def count_decisions(session: Session, campaign: Campaign) -> dict[tuple[str, str | None], int]:
    """Count a campaign's current decisions by outcome and reason."""
    asked = (
        select(Decision.outcome, Decision.reason, func.count())
        .where(Decision.store_id == campaign.store_id, Decision.campaign_id == campaign.id)
        .group_by(Decision.outcome, Decision.reason)
    )
    return {(outcome, reason): count for outcome, reason, count in session.execute(asked)}


def words(decision: Decision | PastDecision) -> str:
    """Say a decision in the reader's language."""
    return sentence(decision.reason, decision.facts, decision.not_before)


def _filtered(table: Any, store_ids: Sequence[int], wanted: DecisionFilter) -> Select[Any]:
    asked = select(table).where(table.store_id.in_(store_ids))
    for name in ("campaign_id", "buyer_id", "outcome", "reason"):
        value = getattr(wanted, name)
        if value is not None:
            asked = asked.where(getattr(table, name) == value)
    return asked
