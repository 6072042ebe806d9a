"""The life of a campaign: draft, running, paused, finished or cancelled; and the stop of all."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from crm import instance
from crm.campaigns.form import read_form
from crm.campaigns.ledger import cancel_decisions
from crm.campaigns.models import Campaign
from crm.campaigns.queries import hold
from crm.campaigns.write import as_payload, check_segment
from crm.errors import Conflict
from crm.gates import caps
from crm.i18n import gettext as _
from crm.messages.models import Message
from crm.stores.models import Store
from crm.surveys.ensure import survey_for

_WAITING = ("queued", "deferred")


def start(session: Session, store: Store, campaign: Campaign, now: datetime) -> Campaign:
    """Start a draft: it decides and sends from now on. Raises Conflict unless it is a draft."""
    _expect(session, campaign, "draft", _("Only a draft can be started."))
    read_form(as_payload(campaign))
    check_segment(session, store, campaign.audience)
    if campaign.kind == "survey":
        survey_for(session, store, campaign, now)
    campaign.state, campaign.started_at, campaign.updated_at = "running", now, now
    return campaign


def pause(session: Session, campaign: Campaign, now: datetime) -> Campaign:
    """Stop deciding and sending; what waits, waits. Raises Conflict unless it runs."""
    _expect(session, campaign, "running", _("Only a running campaign can be paused."))
    campaign.state, campaign.updated_at = "paused", now
    # Waiting messages may not be claimed before they lapse; `resume` gives them back.
    session.execute(
        update(Message)
        .where(*_waiting(campaign))
        .values(state="deferred", reason="paused", not_before=Message.expires_at)
    )
    return campaign


def resume(session: Session, campaign: Campaign, now: datetime) -> Campaign:
    """Go on where it was paused. Raises Conflict unless it is paused."""
    _expect(session, campaign, "paused", _("Only a paused campaign can be resumed."))
    campaign.state, campaign.updated_at = "running", now
    session.execute(
        update(Message)
        .where(*_waiting(campaign), Message.reason == "paused")
        .values(state="queued", reason=None, not_before=now)
    )
    return campaign


def cancel(session: Session, campaign: Campaign, now: datetime) -> Campaign:
    """End it for good: waiting messages are cancelled and give their cap slots back."""
    hold(session, campaign)
    if campaign.state in ("finished", "cancelled"):
        raise Conflict(_("This campaign is over already."))
    campaign.state, campaign.finished_at, campaign.updated_at = "cancelled", now, now
    cancelled = session.scalars(
        update(Message)
        .where(*_waiting(campaign))
        .values(state="cancelled", reason="cancelled", settled_at=now)
        .returning(Message.id)
    ).all()
    caps.release(session, campaign.store_id, cancelled)
    cancel_decisions(session, campaign, cancelled, now)
    return campaign


def pause_all(session: Session, now: datetime) -> int:
    """Stop every promotion of every store at once; notices go on. Give how many wait."""
    instance.hold(session, "paused by hand", now)
    session.flush()
    waiting = select(func.count()).where(
        Message.message_class == "marketing", Message.state.in_(_WAITING)
    )
    return session.scalar(waiting) or 0


def resume_all(session: Session, now: datetime) -> None:
    """Let promotions go out again; what expired meanwhile lapses."""
    instance.release(session, now)


def _expect(session: Session, campaign: Campaign, state: str, otherwise: str) -> None:
    hold(session, campaign)
    if campaign.state != state:
        raise Conflict(otherwise)


def _waiting(campaign: Campaign) -> tuple[ColumnElement[bool], ...]:
    return (
        Message.store_id == campaign.store_id,
        Message.campaign_id == campaign.id,
        Message.state.in_(_WAITING),
    )
