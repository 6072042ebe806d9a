"""Writes campaigns: made as drafts, changed while they do not run."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.campaigns.form import read_form
from crm.campaigns.models import Campaign
from crm.campaigns.queries import hold
from crm.errors import Conflict, NotFound, Rejected
from crm.i18n import gettext as _
from crm.segments import nesting
from crm.segments.queries import get_segment
from crm.stores.models import Store

FIELDS = (
    "name",
    "kind",
    "channel",
    "topic",
    "priority",
    "audience",
    "schedule",
    "message",
    "offer",
    "holdout_percent",
    "when_capped",
    "expires_after_hours",
)


def create_campaign(
    session: Session, store: Store, payload: dict[str, Any], now: datetime
) -> Campaign:
    """Write a new campaign as a draft. Raises Rejected with errors by place."""
    columns = read_form(payload)
    check_segment(session, store, columns["audience"])
    campaign = Campaign(store_id=store.id, created_at=now, updated_at=now, **columns)
    session.add(campaign)
    session.flush()
    return campaign


def change_campaign(
    session: Session, store: Store, campaign: Campaign, payload: dict[str, Any], now: datetime
) -> Campaign:
    """Change a draft or paused campaign; parts not given stay. Raises Conflict while it runs."""
    hold(session, campaign)
    if campaign.state not in ("draft", "paused"):
        raise Conflict(_("Pause the campaign before you change it."))
    if payload.get("kind", campaign.kind) != campaign.kind and campaign.started_at:
        raise Conflict(_("A campaign that was started keeps its kind."))
    columns = read_form({**as_payload(campaign), **payload})
    check_segment(session, store, columns["audience"])
    for name, value in columns.items():
        setattr(campaign, name, value)
    campaign.revision += 1
    campaign.updated_at = now
    session.flush()
    return campaign


def as_payload(campaign: Campaign) -> dict[str, Any]:
    """Give a campaign as the payload that would make it again."""
    return {name: getattr(campaign, name) for name in FIELDS}


def check_segment(session: Session, store: Store, audience: dict[str, Any] | None) -> None:
    """Check that every saved segment the audience names is there. Raises Rejected."""
    if audience and "segment" in audience:
        try:
            get_segment(session, [store.id], int(audience["segment"]))
        except NotFound as fault:
            raise Rejected(fault.reason, {"audience.segment": fault.reason}) from None
    elif audience:
        nesting.read(session, store, audience, at="audience")
