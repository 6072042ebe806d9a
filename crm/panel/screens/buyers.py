"""Buyers: the list, its search and its filters."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement

from crm.buyers.models import Buyer
from crm.buyers.queries import Wanted, search
from crm.buyers.tiers import CLASSES, name
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page
from crm.panel.queries import count_buyers, countries_in_use, tags_in_use
from crm.segments.compile import where
from crm.segments.nesting import recall
from crm.segments.queries import find_segment, list_segments
from crm.segments.scope import scope_of


@blueprint.route("/buyers", methods=["GET", "POST"])
@screen("buyers.read")
def buyers(desk: Desk) -> ResponseReturnValue:
    """List buyers, narrowed by the filters; what is searched for travels in the body."""
    rows = search(desk.session, [desk.store.id], wanted_of(desk), forms.before(), forms.PAGE + 1)
    # htmx takes the list out of the page: what stands around it need not be read again.
    around = {} if request.headers.get("HX-Request") else _around(desk)
    return page(
        "buyers.html",
        buyers=forms.page_of(rows),
        given=request.values,
        narrowed=any(request.values.get(part) for part in _FILTERS),
        **around,
    )


def _around(desk: Desk) -> dict[str, Any]:
    session, store_id = desk.session, desk.store.id
    return {
        "total": count_buyers(session, store_id),
        "tiers": [(letter, f"{letter} · {name(letter)}") for letter in CLASSES],
        "tags": [(tag, tag) for tag in tags_in_use(session, store_id)],
        "countries": [(code, code) for code in countries_in_use(session, store_id)],
        "segments": [(one.id, one.name) for one in list_segments(session, [store_id])],
    }


_FILTERS = ("q", "tier", "vip", "tag", "country", "segment")


def wanted_of(desk: Desk) -> Wanted:
    """Read the filters of the list of buyers."""
    given = request.values
    return Wanted(
        q=request.form.get("q", "").strip() or None,
        tier=forms.choice_arg("tier", CLASSES),
        tag=given.get("tag") or None,
        vip=True if given.get("vip") else None,
        also=tuple(_also(desk, given)),
    )


def _also(desk: Desk, given: Any) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if given.get("country"):
        conditions.append(Buyer.country == given["country"])
    segment_id = forms.whole_arg("segment")
    segment = find_segment(desk.session, [desk.store.id], segment_id) if segment_id else None
    if segment is not None:
        rule = recall(desk.session, desk.store, segment.rule)
        conditions.append(where(rule, scope_of(desk.store, desk.now)))
    return conditions
