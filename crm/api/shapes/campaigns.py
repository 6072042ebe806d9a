"""How campaigns, decisions and their report are written."""

from datetime import UTC, datetime
from typing import Any, TypedDict

from crm.api.shapes.values import MoneyShape, instant, moment, money, ref
from crm.campaigns.models import Campaign, Decision, PastDecision
from crm.campaigns.queries import words
from crm.campaigns.report import Report
from crm.campaigns.trial import Trial
from crm.stores.models import Store


class CampaignShape(TypedDict):
    """What to say to whom, when, and how often."""

    id: str
    store: str
    name: str
    kind: str
    channel: str
    topic: str
    priority: int
    state: str
    audience: dict[str, Any] | None
    schedule: dict[str, Any]
    message: dict[str, Any]
    offer: dict[str, Any] | None
    holdout_percent: int
    when_capped: str
    expires_after_hours: int
    revision: int
    started_at: str | None
    finished_at: str | None
    created_at: str
    updated_at: str


class DecisionShape(TypedDict):
    """A verdict about one buyer and one occasion, with its reason in words."""

    campaign: str
    occurrence: str
    buyer: str
    outcome: str
    reason: str | None
    sentence: str
    facts: dict[str, Any]
    rules_version: str
    decided_at: str
    not_before: str | None
    message: str | None


class ReportShape(TypedDict):
    """What a campaign did."""

    campaign: str
    audience: int
    decisions: dict[str, int]
    reasons: dict[str, int]
    messages: dict[str, int]
    sent: int
    delivered: int
    clicks: int
    orders: int
    net_revenue: MoneyShape
    offer_cost: MoneyShape


class TrialShape(TypedDict):
    """A test mail; `sent` is false where mail only goes to the local outbox."""

    sent: bool
    subject: str
    html: str | None
    text: str


def campaign_json(store: Store, campaign: Campaign) -> CampaignShape:
    """Write a campaign."""
    return CampaignShape(
        id=str(campaign.id),
        store=store.slug,
        name=campaign.name,
        kind=campaign.kind,
        channel=campaign.channel,
        topic=campaign.topic,
        priority=campaign.priority,
        state=campaign.state,
        audience=campaign.audience,
        schedule=_schedule(campaign.schedule),
        message=campaign.message,
        offer=campaign.offer,
        holdout_percent=campaign.holdout_percent,
        when_capped=campaign.when_capped,
        expires_after_hours=campaign.expires_after_hours,
        revision=campaign.revision,
        started_at=moment(campaign.started_at),
        finished_at=moment(campaign.finished_at),
        created_at=instant(campaign.created_at),
        updated_at=instant(campaign.updated_at),
    )


def _schedule(schedule: dict[str, Any]) -> dict[str, Any]:
    if not schedule.get("at"):
        return schedule
    return {**schedule, "at": instant(datetime.fromisoformat(schedule["at"]).astimezone(UTC))}


def decision_json(decision: Decision | PastDecision) -> DecisionShape:
    """Write a decision."""
    return DecisionShape(
        campaign=str(decision.campaign_id),
        occurrence=decision.occurrence,
        buyer=str(decision.buyer_id),
        outcome=decision.outcome,
        reason=decision.reason,
        sentence=words(decision),
        facts=decision.facts,
        rules_version=decision.rules_version,
        decided_at=instant(decision.decided_at),
        not_before=moment(decision.not_before),
        message=ref(decision.message_id),
    )


def report_json(campaign: Campaign, found: Report) -> ReportShape:
    """Write a campaign's report."""
    return ReportShape(
        campaign=str(campaign.id),
        audience=found.audience,
        decisions=found.decisions,
        reasons=found.reasons,
        messages=found.messages,
        sent=found.sent,
        delivered=found.delivered,
        clicks=found.clicks,
        orders=found.orders,
        net_revenue=money(found.net_revenue.minor, found.net_revenue.currency),
        offer_cost=money(found.offer_cost.minor, found.offer_cost.currency),
    )


def trial_json(trial: Trial) -> TrialShape:
    """Write a test mail as it went out."""
    letter = trial.letter
    return TrialShape(sent=trial.sent, subject=letter.subject, html=letter.html, text=letter.text)
