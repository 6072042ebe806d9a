"""Segments: saved rules, the builder with its live count, and who is in."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm.campaigns.queries import list_campaigns, spare_segment
from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.segments import members
from crm.segments.conditions_schema import conditions_schema
from crm.segments.describe import sentence
from crm.segments.models import Segment
from crm.segments.queries import (
    change_segment,
    delete_segment,
    get_segment,
    list_segments,
    save_segment,
)
from crm.segments.rule import parse

_SAMPLE = 5
START = {"all": [{"condition": "last_order", "within_days": 90}]}


@blueprint.get("/segments")
@screen("segments.read")
def segments(desk: Desk) -> ResponseReturnValue:
    """List the saved segments; each counts itself once the page is there."""
    found = [
        (segment, sentence(parse(segment.rule), desk.store.currency))
        for segment in list_segments(desk.session, [desk.store.id])
    ]
    return page("segments.html", found=found)


@blueprint.get("/segments/<id:segment_id>/count")
@screen("segments.read")
def count_segment(desk: Desk, segment_id: int) -> ResponseReturnValue:
    """Count who is in a segment now."""
    found = get_segment(desk.session, [desk.store.id], segment_id)
    return page("_segment_count.html", count=told(desk, found.rule)["count"])


def told(desk: Desk, rule: Any) -> dict[str, Any]:
    """Say a rule and count who fulfils it; one that takes too long has no count."""
    parsed = parse(rule)
    words = {"sentence": sentence(parsed, desk.store.currency)}
    try:
        return words | {"count": members.count(desk.session, desk.store, parsed, desk.now)}
    except Unavailable:
        return words | {"count": None}


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


@blueprint.get("/segments/<id:segment_id>")
@screen("segments.read")
def segment(desk: Desk, segment_id: int) -> ResponseReturnValue:
    """Show who is in a segment."""
    found = get_segment(desk.session, [desk.store.id], segment_id)
    after = forms.whole_arg("after") or 0
    wanted = parse(found.rule)
    span = members.Span(after, forms.PAGE + 1)
    rows = members.page(desk.session, desk.store, wanted, span, desk.now)
    return page(
        "segment.html",
        segment=found,
        told=told(desk, found.rule),
        parts=members.count_parts(desk.session, desk.store, wanted, desk.now),
        buyers=forms.page_of(rows),
    )


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
        rule = parse(forms.document("rule"))
        with desk.session.begin_nested():
            return page(
                "_segment_preview.html",
                count=members.count(desk.session, desk.store, rule, desk.now),
                sentence=sentence(rule, desk.store.currency),
                parts=members.count_parts(desk.session, desk.store, rule, desk.now),
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
        builder=builder_words(desk),
    )


def builder_words(desk: Desk) -> dict[str, Any]:
    """Give the builder's script every condition and the words it shows."""
    campaigns = list_campaigns(desk.session, [desk.store.id], limit=200)
    return {
        "conditions": conditions_schema(),
        "campaigns": [{"value": str(one.id), "label": one.name} for one in campaigns],
        "currency": desk.store.currency,
        "words": {
            "all": _("all of these are true"),
            "any": _("at least one of these is true"),
            "not": _("not one of these is true"),
            "add": _("Add a condition"),
            "group": _("Add a group"),
            "remove": _("Remove"),
            "more": _("more…"),
            "yes": _("yes"),
            "no": _("no"),
            "choose": _("choose…"),
            "commas": _("parted by commas"),
            "buyers_of_whom": _("Buyers of whom"),
        },
    }
