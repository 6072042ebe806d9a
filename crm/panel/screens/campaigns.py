"""Campaigns: what runs, what it did, why somebody did or did not get it, and the stop of all."""

from collections.abc import Callable

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm import instance
from crm.access.roles import require_every_store
from crm.campaigns import lifecycle
from crm.campaigns.models import Campaign
from crm.campaigns.queries import (
    DecisionFilter,
    count_decisions,
    get_campaign,
    list_campaigns,
    list_decisions,
    words,
)
from crm.campaigns.report import ATTRIBUTION_DAYS, report
from crm.campaigns.trial import send_test
from crm.gates.reasons import SENTENCES, summary
from crm.i18n import gettext as _
from crm.i18n import ngettext
from crm.panel import forms, labels
from crm.panel.desk import Desk, screen
from crm.panel.drafts import kind_name, kinds, schedule_words
from crm.panel.frame import blueprint, framed_letter, page, said
from crm.panel.letters import preview
from crm.panel.queries import buyers_by_id
from crm.panel.screens.segments import told
from crm.segments.queries import find_segment


@blueprint.get("/campaigns")
@screen("campaigns.read")
def campaigns(desk: Desk) -> ResponseReturnValue:
    """List the campaigns of the store."""
    state = forms.choice_arg("state", tuple(labels.LABELS["campaign"]))
    rows = list_campaigns(
        desk.session, [desk.store.id], state=state, before=forms.before(), limit=forms.PAGE + 1
    )
    return page(
        "campaigns.html",
        campaigns=forms.page_of(rows),
        state=state,
        kinds=kinds(),
        kind_name=kind_name,
        schedule_words=schedule_words,
        held=instance.is_held(desk.session),
    )


@blueprint.get("/campaigns/<id:campaign_id>")
@screen("campaigns.read")
def campaign(desk: Desk, campaign_id: int) -> ResponseReturnValue:
    """Show one campaign: what it says to whom, and its figures."""
    found = get_campaign(desk.session, [desk.store.id], campaign_id)
    return page(
        "campaign.html",
        campaign=found,
        report=report(desk.session, desk.store, found),
        audience=_audience(desk, found),
        kind_name=kind_name(found.kind),
        when=schedule_words(found.kind, found.schedule),
        attribution_days=ATTRIBUTION_DAYS,
        reason_words=summary,
    )


def _audience(desk: Desk, found: Campaign) -> dict[str, object]:
    if found.audience is None:
        return {"segment": None, "told": None}
    if "segment" not in found.audience:
        return {"segment": None, "told": told(desk, found.audience)}
    segment = find_segment(desk.session, [desk.store.id], int(found.audience["segment"]))
    return {"segment": segment, "told": told(desk, segment.rule) if segment else None}


@blueprint.get("/campaigns/<id:campaign_id>/decisions")
@screen("campaigns.read")
def decisions(desk: Desk, campaign_id: int) -> ResponseReturnValue:
    """Browse what was decided about every buyer, with the reason in words."""
    found = get_campaign(desk.session, [desk.store.id], campaign_id)
    outcome = forms.choice_arg("outcome", tuple(labels.LABELS["outcome"]))
    reason = forms.choice_arg("reason", tuple(SENTENCES))
    wanted = DecisionFilter(campaign_id=campaign_id, outcome=outcome, reason=reason)
    rows = list_decisions(
        desk.session, [desk.store.id], wanted, before=forms.before(), limit=forms.PAGE + 1
    )
    found_decisions = forms.page_of(rows)
    counted = count_decisions(desk.session, found)
    return page(
        "decisions.html",
        campaign=found,
        decisions=found_decisions,
        outcome=outcome,
        reason=reason,
        outcomes=_by(counted, 0),
        reasons=[(key, summary(key), count) for key, count in _by(counted, 1).items() if key],
        people=buyers_by_id(desk, [one.buyer_id for one in found_decisions.rows]),
        words=words,
    )


def _by(counted: dict[tuple[str, str | None], int], part: int) -> dict[str, int]:
    sums: dict[str, int] = {}
    for key, count in counted.items():
        if key[part] is not None:
            name = str(key[part])
            sums[name] = sums.get(name, 0) + count
    return sums


@blueprint.post("/campaigns/<id:campaign_id>/start")
@screen("campaigns.run")
def start_campaign(desk: Desk, campaign_id: int) -> ResponseReturnValue:
    """Start a draft."""
    found = get_campaign(desk.session, [desk.store.id], campaign_id)
    lifecycle.start(desk.session, desk.store, found, desk.now)
    return _done(desk, found, _("Started. Every buyer gets a decision you can read here."))


@blueprint.post("/campaigns/<id:campaign_id>/pause")
@screen("campaigns.run")
def pause_campaign(desk: Desk, campaign_id: int) -> ResponseReturnValue:
    """Stop it for a while; what waits, waits."""
    return _turn(desk, campaign_id, lifecycle.pause, _("Paused. Nothing goes out meanwhile."))


@blueprint.post("/campaigns/<id:campaign_id>/resume")
@screen("campaigns.run")
def resume_campaign(desk: Desk, campaign_id: int) -> ResponseReturnValue:
    """Go on."""
    return _turn(desk, campaign_id, lifecycle.resume, _("The campaign is running again."))


@blueprint.post("/campaigns/<id:campaign_id>/cancel")
@screen("campaigns.run")
def cancel_campaign(desk: Desk, campaign_id: int) -> ResponseReturnValue:
    """End it for good."""
    return _turn(desk, campaign_id, lifecycle.cancel, _("Cancelled. Nothing more goes out."))


@blueprint.post("/campaigns/<id:campaign_id>/test")
@screen("campaigns.run")
def test_campaign(desk: Desk, campaign_id: int) -> ResponseReturnValue:
    """Send the campaign, filled with sample values, to one address."""
    found = get_campaign(desk.session, [desk.store.id], campaign_id)
    store, to = desk.store, forms.text("to")
    desk.end()
    trial = send_test(store, found, to, desk.now)
    if trial.sent:
        said(_("The test is on its way."))
    else:
        said(_("The test can be written; no mail server is set, so it went nowhere."))
    return redirect(url_for("panel.campaign", campaign_id=campaign_id), 303)


@blueprint.get("/campaigns/<id:campaign_id>/letter")
@screen("campaigns.read")
def campaign_letter(desk: Desk, campaign_id: int) -> ResponseReturnValue:
    """Show the letter of a campaign as a made-up buyer would get it."""
    found = get_campaign(desk.session, [desk.store.id], campaign_id)
    shown = preview(desk, found.message, found.offer, None)
    return framed_letter(shown.letter.html if shown.letter else "")


def _turn(
    desk: Desk, campaign_id: int, verb: Callable[..., Campaign], words_after: str
) -> ResponseReturnValue:
    found = get_campaign(desk.session, [desk.store.id], campaign_id)
    verb(desk.session, found, desk.now)
    return _done(desk, found, words_after)


def _done(desk: Desk, found: Campaign, words_after: str) -> ResponseReturnValue:
    desk.ring("crm.campaigns.jobs.run_campaigns")
    desk.ring("crm.messages.jobs.send_due")
    said(words_after)
    if request.form.get("to") == "list":
        return redirect(url_for("panel.campaigns"), 303)
    return redirect(url_for("panel.campaign", campaign_id=found.id), 303)


@blueprint.post("/campaigns/hold")
@screen("instance.hold")
def hold_everything(desk: Desk) -> ResponseReturnValue:
    """Stop every promotion of every store; notices go on."""
    require_every_store(desk.actor)
    waiting = lifecycle.pause_all(desk.session, desk.now)
    said(
        ngettext(
            "Everything stands still. %(count)s message waits.",
            "Everything stands still. %(count)s messages wait.",
            waiting,
        )
    )
    return redirect(url_for("panel.campaigns"), 303)


@blueprint.post("/campaigns/release")
@screen("instance.release")
def release_everything(desk: Desk) -> ResponseReturnValue:
    """Let promotions go out again."""
    require_every_store(desk.actor)
    lifecycle.resume_all(desk.session, desk.now)
    desk.ring("crm.campaigns.jobs.run_campaigns")
    desk.ring("crm.messages.jobs.send_due")
    said(_("Promotions go out again; what has lapsed meanwhile stays behind."))
    return redirect(url_for("panel.campaigns"), 303)
