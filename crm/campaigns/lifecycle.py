"""The life of a campaign: draft, running, paused, finished or cancelled; and the stop of all."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from crm import instance
from crm.campaigns.form import read_form
from crm.campaigns.ledger import change_decision
from crm.campaigns.models import Campaign, Decision
from crm.campaigns.write import as_payload
from crm.errors import Conflict
from crm.gates import caps
from crm.gates.decide import Verdict
from crm.i18n import gettext as _
from crm.messages.models import Message
from crm.stores.models import Store
from crm.surveys.ensure import survey_for

_WAITING = ("queued", "deferred")


def start(session: Session, store: Store, campaign: Campaign, now: datetime) -> Campaign:
    """Start a draft: it decides and sends from now on. Raises Conflict unless it is a draft."""
    _expect(campaign, "draft", _("Only a draft can be started."))
    read_form(as_payload(campaign))
    if campaign.kind == "survey":
        survey_for(session, store, campaign, now)
    campaign.state, campaign.started_at, campaign.updated_at = "running", now, now
    return campaign


def pause(session: Session, campaign: Campaign, now: datetime) -> Campaign:
    """Stop deciding and sending; what waits, waits. Raises Conflict unless it runs."""
    _expect(campaign, "running", _("Only a running campaign can be paused."))
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
    _expect(campaign, "paused", _("Only a paused campaign can be resumed."))
    campaign.state, campaign.updated_at = "running", now
    session.execute(
        update(Message)
        .where(*_waiting(campaign), Message.reason == "paused")
        .values(state="queued", reason=None, not_before=now)
    )
    return campaign


def cancel(session: Session, campaign: Campaign, now: datetime) -> Campaign:
    """End it for good: waiting messages are cancelled and give their cap slots back."""
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
    _skip_waiting(session, campaign, cancelled, now)
    return campaign


def pause_all(session: Session, now: datetime) -> int:
    """Stop every promotion of every store at once; notices go on. Give how many wait."""
    instance.hold(session, "paused by hand", now)
    session.flush()
    waiting = select(Message.id).where(
        Message.message_class == "marketing", Message.state.in_(_WAITING)
    )
    return len(session.scalars(waiting).all())


def resume_all(session: Session, now: datetime) -> None:
    """Let promotions go out again; what expired meanwhile lapses."""
    instance.release(session, now)


def _expect(campaign: Campaign, state: str, otherwise: str) -> None:
    if campaign.state != state:
        raise Conflict(otherwise)


def _waiting(campaign: Campaign) -> tuple[ColumnElement[bool], ...]:
    return (
        Message.store_id == campaign.store_id,
        Message.campaign_id == campaign.id,
        Message.state.in_(_WAITING),
    )


def _skip_waiting(
    session: Session, campaign: Campaign, messages: Sequence[int], now: datetime
) -> None:
    of_campaign = (Decision.store_id == campaign.store_id, Decision.campaign_id == campaign.id)
    open_ended = (Decision.outcome == "deferred") | Decision.message_id.in_(messages)
    for decision in session.scalars(select(Decision).where(*of_campaign, open_ended)):
        verdict = Verdict("skipped", "cancelled", decision.facts)
        change_decision(session, decision, verdict, decision.message_id, now)
