"""Writing a campaign: the form, whom it reaches, and the letter while it is being written."""

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from crm import registry
from crm.buyers.models import Buyer
from crm.campaigns.kinds import PACKAGE
from crm.campaigns.models import Campaign
from crm.campaigns.queries import get_campaign
from crm.campaigns.write import as_payload, change_campaign, create_campaign
from crm.errors import NotFound, Rejected, Unavailable
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.drafts import (
    kind_name,
    kinds,
    new_draft,
    read_audience,
    read_draft,
    read_message,
    read_offer,
)
from crm.panel.frame import blueprint, framed_letter, page, said
from crm.panel.letters import preview
from crm.panel.screens.segments import START, builder_words
from crm.segments import members
from crm.segments.nesting import read
from crm.segments.queries import get_segment, list_segments
from crm.segments.rule import AllOf, parse
from crm.stores.settings import read_settings

_EVERYBODY = {"condition": "order_count", "at_least": 0}
_ALLOWS_MAIL = {"condition": "consent", "channel": "email", "status": "granted"}
_EXAMPLES = 12


@blueprint.get("/campaigns/new")
@screen("campaigns.write")
def choose_kind(desk: Desk) -> ResponseReturnValue:
    """Choose what kind of campaign to write."""
    del desk
    return page("campaign_kinds.html", kinds=kinds())


@blueprint.get("/campaigns/new/<kind>")
@screen("campaigns.write")
def new_campaign(desk: Desk, kind: str) -> ResponseReturnValue:
    """Open the form of a new campaign."""
    _check_kind(kind)
    return _form(desk, None, new_draft(desk, kind, forms.whole_arg("segment")))


@blueprint.post("/campaigns/new/<kind>")
@screen("campaigns.write")
def save_new_campaign(desk: Desk, kind: str) -> ResponseReturnValue:
    """Keep a new campaign as a draft."""
    _check_kind(kind)
    draft = new_draft(desk, kind, None)
    try:
        draft = read_draft(desk, kind)
        kept = create_campaign(desk.session, desk.store, draft, desk.now)
    except Rejected as fault:
        return _form(desk, None, draft, fault)
    said(_("The draft is saved. Look at it once more, then start it."))
    return redirect(url_for("panel.campaign", campaign_id=kept.id), 303)


@blueprint.get("/campaigns/<id:campaign_id>/edit")
@screen("campaigns.write")
def edit_campaign(desk: Desk, campaign_id: int) -> ResponseReturnValue:
    """Open the form of a campaign that does not run."""
    found = get_campaign(desk.session, [desk.store.id], campaign_id)
    return _form(desk, found, as_payload(found))


@blueprint.post("/campaigns/<id:campaign_id>/edit")
@screen("campaigns.write")
def save_campaign(desk: Desk, campaign_id: int) -> ResponseReturnValue:
    """Keep the changes of a campaign."""
    found = get_campaign(desk.session, [desk.store.id], campaign_id)
    draft = as_payload(found)
    try:
        draft = read_draft(desk, found.kind)
        change_campaign(desk.session, desk.store, found, draft, desk.now)
    except Rejected as fault:
        return _form(desk, found, draft, fault)
    said(_("The changes are saved."))
    return redirect(url_for("panel.campaign", campaign_id=found.id), 303)


@blueprint.post("/campaigns/reach")
@screen("campaigns.read")
def reach(desk: Desk) -> ResponseReturnValue:
    """Count whom an audience holds now, and whom of them a mail may go to."""
    try:
        rule = _rule(desk, read_audience())
        with desk.session.begin_nested():
            everyone = read(desk.session, desk.store, rule)
            everybody = members.count(desk.session, desk.store, everyone, desk.now)
            allowed = AllOf((everyone, parse(_ALLOWS_MAIL)))
            may = members.count(desk.session, desk.store, allowed, desk.now)
    except (Rejected, Unavailable) as fault:
        return page("_reach.html", fault=fault)
    return page("_reach.html", everybody=everybody, may=may)


@blueprint.post("/campaigns/letter")
@screen("campaigns.read")
def show_letter(desk: Desk) -> ResponseReturnValue:
    """Render the draft for one buyer, for the frame beside the form."""
    shown = preview(desk, read_message(), read_offer(), _reader(desk))
    html = shown.letter.html if shown.letter else ""
    return framed_letter(html)


@blueprint.post("/campaigns/letter/head")
@screen("campaigns.read")
def show_letter_head(desk: Desk) -> ResponseReturnValue:
    """Render subject and preheader, or what is wrong with the template and where."""
    content = read_message()
    shown = preview(desk, content, read_offer(), _reader(desk))
    return page(
        "_letter_head.html", shown=shown, content=content, sender=read_settings(desk.store).sender
    )


def _reader(desk: Desk) -> Buyer | None:
    wanted = forms.whole_arg("reader")
    return next((one for one in _examples(desk) if one.id == wanted), None)


def _examples(desk: Desk) -> list[Buyer]:
    rule = parse(_EVERYBODY)
    return list(members.sample(desk.session, desk.store, rule, _EXAMPLES, desk.now))


def _rule(desk: Desk, audience: dict[str, Any] | None) -> dict[str, Any]:
    if audience is None:
        return _EVERYBODY
    if "segment" not in audience:
        return audience
    named = str(audience["segment"])
    if not named.isdigit():
        raise Rejected(_("Choose a segment."))
    return get_segment(desk.session, [desk.store.id], int(named)).rule


def _check_kind(kind: str) -> None:
    if kind not in registry.keys(PACKAGE):
        raise NotFound(_("There is no such kind of campaign."))


def _form(
    desk: Desk, found: Campaign | None, draft: dict[str, Any], fault: Rejected | None = None
) -> ResponseReturnValue:
    audience = draft["audience"]
    own_rule = bool(audience) and "segment" not in audience
    return page(
        "campaign_form.html",
        422 if fault else 200,
        campaign=found,
        draft=draft,
        fault=fault,
        errors=fault.errors if fault else {},
        kind_name=kind_name(draft["kind"]),
        audience_kind="rule" if own_rule else "segment" if audience else "all",
        rule=audience if own_rule else START,
        builder=builder_words(desk),
        segments=[(one.id, one.name) for one in list_segments(desk.session, [desk.store.id])],
        examples=_examples(desk),
        settings=read_settings(desk.store),
    )
