"""The outbox: every message, as it was written, with its steps and why it went."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from crm.buyers.queries import find_buyer
from crm.campaigns.queries import DecisionFilter, get_campaign, list_decisions, words
from crm.i18n import gettext as _
from crm.messages.models import Message
from crm.messages.queries import (
    MessageFilter,
    get_message,
    letter,
    list_deliveries,
    list_messages,
    outlook,
)
from crm.messages.resolve import resolve
from crm.panel import forms, labels
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, framed_letter, page, said
from crm.panel.queries import buyers_by_id


@blueprint.get("/messages")
@screen("messages.read")
def messages(desk: Desk) -> ResponseReturnValue:
    """List the messages of the store, newest first."""
    state = forms.choice_arg("state", tuple(labels.LABELS["message"]))
    wanted = MessageFilter(
        buyer_id=forms.whole_arg("buyer"), campaign_id=forms.whole_arg("campaign"), state=state
    )
    rows = list_messages(desk.session, [desk.store.id], wanted, forms.before(), forms.PAGE + 1)
    found = forms.page_of(rows)
    return page(
        "messages.html",
        messages=found,
        wanted=wanted,
        outlook=outlook(desk.session, [desk.store.id], desk.now),
        people=buyers_by_id(desk, [one.buyer_id for one in found.rows]),
    )


@blueprint.get("/messages/<id:message_id>")
@screen("messages.read")
def message(desk: Desk, message_id: int) -> ResponseReturnValue:
    """Show one message with its steps."""
    found = get_message(desk.session, [desk.store.id], message_id)
    campaign = found.campaign_id and get_campaign(desk.session, [desk.store.id], found.campaign_id)
    return page(
        "message.html",
        message=found,
        buyer=find_buyer(desk.session, [desk.store.id], found.buyer_id),
        campaign=campaign,
        letter=letter(desk.session, found),
        steps=list_deliveries(desk.session, found),
        why=_why(desk, found),
    )


def _why(desk: Desk, found: Message) -> str | None:
    if found.campaign_id is None:
        return None
    wanted = DecisionFilter(campaign_id=found.campaign_id, buyer_id=found.buyer_id)
    rows = list_decisions(desk.session, [desk.store.id], wanted)
    return next((words(row) for row in rows if row.message_id == found.id), None)


@blueprint.get("/messages/<id:message_id>/letter")
@screen("messages.read")
def message_letter(desk: Desk, message_id: int) -> ResponseReturnValue:
    """Show the letter alone, for the frame."""
    found = get_message(desk.session, [desk.store.id], message_id)
    shown = letter(desk.session, found)
    return framed_letter(shown.html if shown else "")


@blueprint.post("/messages/<id:message_id>/resolve")
@screen("messages.resolve")
def resolve_message(desk: Desk, message_id: int) -> ResponseReturnValue:
    """End the doubt about an uncertain message."""
    found = get_message(desk.session, [desk.store.id], message_id)
    resolve(desk.session, found, forms.text("outcome"), desk.now)
    desk.ring("crm.messages.jobs.send_due")
    said(_("The doubt is settled."))
    return redirect(url_for("panel.message", message_id=message_id), 303)
