"""Segments: the conditions there are, saved rules, and who is in them."""

from typing import Any

from crm.access.roles import require
from crm.api.schemas.lists import Nothing
from crm.api.schemas.segments import (
    CountsForm,
    PreviewForm,
    SegmentChange,
    SegmentForm,
    SegmentList,
)
from crm.api.shapes.buyers import BuyerShape, buyers_json
from crm.api.shapes.segments import (
    ConditionShape,
    DayCountShape,
    MembershipShape,
    PreviewShape,
    SegmentShape,
    SegmentUserShape,
    day_count_json,
    membership_json,
    part_json,
    segment_json,
    user_json,
)
from crm.api.wire.paging import PageForm, page, read_id_cursor
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import chosen_stores, get_own_store, read_store
from crm.buyers.queries import get_buyer
from crm.campaigns.queries import list_campaigns_for, spare_segment
from crm.segments import members
from crm.segments.answers.counts import count_parts
from crm.segments.answers.explain import explain
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
from crm.segments.scope import scope_of
from crm.stores.models import Store

_SAMPLE = 10

segments = Resource("segments", "Rules over the buyers of a store.")


@segments.action(
    "GET /segments/conditions", Action("segments.read", gives=ConditionShape, many=True)
)
def list_conditions(_call: Call) -> dict[str, Any]:
    """List every condition a rule may use, with the schema of its params."""
    return {"items": conditions_schema(), "next": None}


@segments.action(
    "GET /segments", Action("segments.read", query=SegmentList, gives=SegmentShape, many=True)
)
def list_(call: Call) -> dict[str, Any]:
    """List saved segments."""
    stores = chosen_stores(call.session, call.actor, call.query["store"])
    after = read_id_cursor(call.query["cursor"]) or 0
    rows = list_segments(call.session, list(stores), after, call.query["limit"] + 1)
    session = call.session
    return page(
        rows, call.query["limit"], _id, lambda row: segment_json(session, stores[row.store_id], row)
    )


@segments.action(
    "POST /segments", Action("segments.write", body=SegmentForm, gives=SegmentShape, status=201)
)
def save(call: Call) -> SegmentShape:
    """Keep a rule under a name."""
    store = read_store(call.session, call.actor, call.body["store"])
    segment = save_segment(call.session, store, call.body["name"], call.body["rule"], call.now)
    return segment_json(call.session, store, segment)


@segments.action(
    "POST /segments/preview", Action("segments.read", body=PreviewForm, gives=PreviewShape)
)
def preview(call: Call) -> PreviewShape:
    """Count the buyers a rule and each of its parts means, say it and show some of them."""
    store = read_store(call.session, call.actor, call.body["store"])
    rule = read(call.session, store, call.body["rule"], at="rule")
    some = members.sample(call.session, store, rule, _SAMPLE, call.now)
    parts = count_parts(call.session, store, rule, call.now)
    return PreviewShape(
        count=parts[0].count,
        sentence=sentence(rule, store.currency),
        parts=[part_json(part) for part in parts],
        sample=buyers_json(call.session, some, call.now),
    )


@segments.action("GET /segments/<id:segment_id>", Action("segments.read", gives=SegmentShape))
def show(call: Call, segment_id: int) -> SegmentShape:
    """Read a segment."""
    segment = _get(call, segment_id)
    return segment_json(call.session, _store(call, segment), segment)


@segments.action(
    "PATCH /segments/<id:segment_id>",
    Action("segments.write", body=SegmentChange, gives=SegmentShape),
)
def change(call: Call, segment_id: int) -> SegmentShape:
    """Change the name or the rule."""
    segment = _get(call, segment_id)
    change_segment(call.session, segment, call.body, call.now)
    return segment_json(call.session, _store(call, segment), segment)


@segments.action(
    "DELETE /segments/<id:segment_id>", Action("segments.write", body=Nothing, status=204)
)
def delete(call: Call, segment_id: int) -> None:
    """Forget a segment that no campaign and no other segment uses."""
    segment = _get(call, segment_id)
    spare_segment(call.session, segment)
    delete_segment(call.session, segment)


@segments.action(
    "GET /segments/<id:segment_id>/buyers",
    Action("segments.read", query=PageForm, gives=BuyerShape, many=True),
)
def list_buyers(call: Call, segment_id: int) -> dict[str, Any]:
    """List the buyers who are in a segment now."""
    require(call.actor, "buyers.read")
    segment = _get(call, segment_id)
    store = _store(call, segment)
    after, limit = read_id_cursor(call.query["cursor"]) or 0, call.query["limit"]
    span = members.Span(after, limit + 1)
    rule = recall(call.session, store, segment.rule)
    rows = members.page(call.session, store, rule, span, call.now)
    shapes = {int(shape["id"]): shape for shape in buyers_json(call.session, rows, call.now)}
    return page(rows, limit, _id, lambda row: shapes[row.id])


@segments.action(
    "GET /segments/<id:segment_id>/buyers/<id:buyer_id>",
    Action("segments.read", gives=MembershipShape),
)
def show_membership(call: Call, segment_id: int, buyer_id: int) -> MembershipShape:
    """Tell whether a buyer is in a segment, and of every part of the rule why."""
    require(call.actor, "buyers.read")
    segment = _get(call, segment_id)
    store = _store(call, segment)
    buyer = get_buyer(call.session, [store.id], buyer_id)
    rule = recall(call.session, store, segment.rule)
    told = explain(call.session, store, rule, buyer.id, call.now)
    return membership_json(segment, buyer, told)


@segments.action(
    "GET /segments/<id:segment_id>/counts",
    Action("segments.read", query=CountsForm, gives=DayCountShape, many=True),
)
def list_counts(call: Call, segment_id: int) -> dict[str, Any]:
    """List how many buyers were in a segment on each of the last days, oldest first."""
    segment = _get(call, segment_id)
    today = scope_of(_store(call, segment), call.now).today
    rows = history(call.session, segment, today, call.query["days"])
    return {"items": [day_count_json(row) for row in rows], "next": None}


@segments.action(
    "GET /segments/<id:segment_id>/users",
    Action("segments.read", gives=SegmentUserShape, many=True),
)
def list_uses(call: Call, segment_id: int) -> dict[str, Any]:
    """List the segments and campaigns that use a segment."""
    segment = _get(call, segment_id)
    found = [user_json("segment", one) for one in list_users(call.session, segment)]
    found += [user_json("campaign", one) for one in list_campaigns_for(call.session, segment)]
    return {"items": found, "next": None}


def _store(call: Call, segment: Segment) -> Store:
    return get_own_store(call.session, call.actor, segment.store_id)


def _get(call: Call, segment_id: int) -> Segment:
    stores = chosen_stores(call.session, call.actor)
    return get_segment(call.session, list(stores), segment_id)


def _id(row: Any) -> int:
    return int(row.id)
