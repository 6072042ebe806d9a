"""Segments: saved rules, the builder with its live count, and who is in."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm.buyers.queries import Wanted, find_buyer, search
from crm.campaigns.queries import list_campaigns, list_campaigns_for, spare_segment
from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.segments import members
from crm.segments.answers.counts import Part, count_parts
from crm.segments.answers.explain import because, explain
from crm.segments.conditions_schema import conditions_schema
from crm.segments.describe import sentence
from crm.segments.models import Segment
from crm.segments.nesting import read, recall
from crm.segments.nightly.history import history
from crm.segments.queries import (
    change_segment,
    delete_segment,
    get_segment,
    list_segments,
    list_users,
    save_segment,
)
from crm.segments.rule import Rule, parse
from crm.segments.scope import scope_of

_SAMPLE = 5
_DAYS = 90
START = {"all": [{"condition": "last_order", "within_days": 90}]}


@blueprint.get("/segments")
@screen("segments.read")
def segments(desk: Desk) -> ResponseReturnValue:
    """List the saved segments; each counts itself once the page is there."""
    found = [
        (segment, _sentence(desk, segment.rule))
        for segment in list_segments(desk.session, [desk.store.id])
    ]
    return page("segments.html", found=found)


def _sentence(desk: Desk, rule: Any) -> str:
    return sentence(recall(desk.session, desk.store, rule), desk.store.currency)


@blueprint.get("/segments/<id:segment_id>/count")
@screen("segments.read")
def count_segment(desk: Desk, segment_id: int) -> ResponseReturnValue:
    """Count who is in a segment now."""
    found = get_segment(desk.session, [desk.store.id], segment_id)
    return page("_segment_count.html", count=told(desk, found.rule)["count"])


def told(desk: Desk, rule: Any) -> dict[str, Any]:
    """Say a rule and count who fulfils it; one that takes too long has no count but a reason."""
    try:
        known = recall(desk.session, desk.store, rule)
    except Rejected as fault:
        # A campaign that is over keeps its rule, though a segment it used is gone.
        words = sentence(parse(rule), desk.store.currency)
        return {"sentence": words, "count": None, "fault": fault.reason}
    words = sentence(known, desk.store.currency)
    try:
        count = members.count(desk.session, desk.store, known, desk.now)
    except Unavailable as fault:
        return {"sentence": words, "count": None, "fault": fault.reason}
    return {"sentence": words, "count": count, "fault": None}


@blueprint.get("/segments/new")
@screen("segments.write")
def new_segment(desk: Desk) -> ResponseReturnValue:
    """Open the builder with a first condition to start from."""
    return _builder(desk, None, "", START)


@blueprint.post("/segments/new")
@screen("segments.write")
def save_new_segment(desk: Desk) -> ResponseReturnValue:
    """Keep a new segment."""
    name = forms.text("name")
    try:
        rule = forms.document("rule")
        kept = save_segment(desk.session, desk.store, name, rule, desk.now)
    except Rejected as fault:
        return _builder(desk, None, name, request.form.get("rule"), fault)
    said(_("The segment “%(name)s” is saved.", name=kept.name))
    return redirect(url_for("panel.segment", segment_id=kept.id), 303)


@blueprint.post("/segments/<id:segment_id>")
@screen("segments.read")
def ask_segment(desk: Desk, segment_id: int) -> ResponseReturnValue:
    """Tell whether a buyer is in, and why not; an address stays out of the browser's history."""
    return _segment(desk, segment_id)


@blueprint.get("/segments/<id:segment_id>")
@screen("segments.read")
def segment(desk: Desk, segment_id: int) -> ResponseReturnValue:
    """Show who is in a segment."""
    return _segment(desk, segment_id)


def _segment(desk: Desk, segment_id: int) -> ResponseReturnValue:
    found = get_segment(desk.session, [desk.store.id], segment_id)
    after = forms.whole_arg("after") or 0
    wanted = recall(desk.session, desk.store, found.rule)
    span = members.Span(after, forms.PAGE + 1)
    rows = members.page(desk.session, desk.store, wanted, span, desk.now)
    today = scope_of(desk.store, desk.now).today
    return page(
        "segment.html",
        segment=found,
        told=told(desk, found.rule),
        parts=_parts(desk, wanted),
        buyers=forms.page_of(rows),
        past=history(desk.session, found, today, _DAYS),
        users=list_users(desk.session, found),
        campaigns=list_campaigns_for(desk.session, found),
        asked=_asked(desk, wanted),
    )


def _parts(desk: Desk, rule: Rule) -> tuple[Part, ...]:
    """Count the parts of a rule; where that takes too long, the count alone has to do."""
    try:
        return count_parts(desk.session, desk.store, rule, desk.now)
    except Unavailable:
        return ()


def _asked(desk: Desk, rule: Rule) -> dict[str, Any]:
    """Tell of the buyer somebody asked about, by id or address, whether she is in and why."""
    given = forms.text("who")
    if not given:
        return {"who": "", "buyer": None, "told": None}
    is_id = given.isascii() and given.isdigit() and len(given) < 18
    wanted = Wanted(email=given) if "@" in given else Wanted(q=given)
    buyer = find_buyer(desk.session, [desk.store.id], int(given)) if is_id else None
    if buyer is None:
        buyer = next(iter(search(desk.session, [desk.store.id], wanted, None, 1)), None)
    if buyer is None:
        return {"who": given, "buyer": None, "told": None}
    told = explain(desk.session, desk.store, rule, buyer.id, desk.now)
    return {"who": given, "buyer": buyer, "told": told, "because": because(told)}


@blueprint.get("/segments/<id:segment_id>/edit")
@screen("segments.write")
def edit_segment(desk: Desk, segment_id: int) -> ResponseReturnValue:
    """Open the builder on a saved segment."""
    found = get_segment(desk.session, [desk.store.id], segment_id)
    return _builder(desk, found, found.name, found.rule)


@blueprint.post("/segments/<id:segment_id>/edit")
@screen("segments.write")
def save_segment_changes(desk: Desk, segment_id: int) -> ResponseReturnValue:
    """Keep the changes of a segment."""
    found = get_segment(desk.session, [desk.store.id], segment_id)
    name = forms.text("name")
    try:
        changes = {"name": name, "rule": forms.document("rule")}
        change_segment(desk.session, found, changes, desk.now)
    except Rejected as fault:
        return _builder(desk, found, name, request.form.get("rule"), fault)
    said(_("The segment “%(name)s” is saved.", name=found.name))
    return redirect(url_for("panel.segment", segment_id=found.id), 303)


@blueprint.post("/segments/<id:segment_id>/delete")
@screen("segments.write")
def forget_segment(desk: Desk, segment_id: int) -> ResponseReturnValue:
    """Forget a segment; nobody in it is touched."""
    found = get_segment(desk.session, [desk.store.id], segment_id)
    spare_segment(desk.session, found)
    delete_segment(desk.session, found)
    said(_("The segment “%(name)s” is deleted; its buyers stay.", name=found.name))
    return redirect(url_for("panel.segments"), 303)


@blueprint.post("/segments/preview")
@screen("segments.read")
def preview_segment(desk: Desk) -> ResponseReturnValue:
    """Count and say a rule while it is being built."""
    try:
        rule = read(desk.session, desk.store, forms.document("rule"))
        return page(
            "_segment_preview.html",
            count=members.count(desk.session, desk.store, rule, desk.now),
            sentence=sentence(rule, desk.store.currency),
            parts=_parts(desk, rule),
            sample=members.sample(desk.session, desk.store, rule, _SAMPLE, desk.now),
        )
    except (Rejected, Unavailable) as fault:
        return page("_segment_preview.html", fault=fault)


def _builder(
    desk: Desk, found: Segment | None, name: str, rule: Any, fault: Rejected | None = None
) -> ResponseReturnValue:
    status = 422 if fault else 200
    return page(
        "segment_form.html",
        status,
        segment=found,
        name=name,
        rule=rule,
        fault=fault,
        builder=builder_words(desk, found),
    )


def builder_words(desk: Desk, found: Segment | None = None) -> dict[str, Any]:
    """Give the builder's script every condition and the words it shows."""
    others = [one for one in list_segments(desk.session, [desk.store.id]) if one is not found]
    campaigns = list_campaigns(desk.session, [desk.store.id], limit=200)
    return {
        "conditions": conditions_schema(),
        "campaigns": [{"value": str(one.id), "label": one.name} for one in campaigns],
        "segments": [{"value": str(one.id), "label": one.name} for one in others],
        "currency": desk.store.currency,
        "words": {
            "all": _("all of these are true"),
            "any": _("at least one of these is true"),
            "not": _("not one of these is true"),
            "add": _("Add a condition"),
            "group": _("Add a group"),
            "segment": _("Is in the segment"),
            "remove": _("Remove"),
            "more": _("more…"),
            "yes": _("yes"),
            "no": _("no"),
            "choose": _("choose…"),
            "commas": _("parted by commas"),
            "buyers_of_whom": _("Buyers of whom"),
        },
    }
