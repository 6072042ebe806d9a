"""Segments: the conditions there are, saved rules, and who is in them."""

from typing import Any

from crm.access.roles import require
from crm.api.schemas.lists import Nothing
from crm.api.schemas.segments import PreviewForm, SegmentChange, SegmentForm, SegmentList
from crm.api.shapes.buyers import BuyerShape, buyers_json
from crm.api.shapes.segments import ConditionShape, PreviewShape, SegmentShape, segment_json
from crm.api.wire.paging import PageForm, page, read_id_cursor
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import chosen_stores, get_own_store, read_store
from crm.campaigns.queries import spare_segment
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
    return page(rows, call.query["limit"], _id, lambda row: segment_json(stores[row.store_id], row))


@segments.action(
    "POST /segments", Action("segments.write", body=SegmentForm, gives=SegmentShape, status=201)
)
def save(call: Call) -> SegmentShape:
    """Keep a rule under a name."""
    store = read_store(call.session, call.actor, call.body["store"])
    segment = save_segment(call.session, store, call.body["name"], call.body["rule"], call.now)
    return segment_json(store, segment)


@segments.action(
    "POST /segments/preview", Action("segments.read", body=PreviewForm, gives=PreviewShape)
)
def preview(call: Call) -> PreviewShape:
    """Count the buyers a rule means, say it in words and show some of them."""
    store = read_store(call.session, call.actor, call.body["store"])
    rule = parse(call.body["rule"], at="rule")
    some = members.sample(call.session, store, rule, _SAMPLE, call.now)
    return PreviewShape(
        count=members.count(call.session, store, rule, call.now),
        sentence=sentence(rule, store.currency),
        sample=buyers_json(call.session, some, call.now),
    )


@segments.action("GET /segments/<id:segment_id>", Action("segments.read", gives=SegmentShape))
def show(call: Call, segment_id: int) -> SegmentShape:
    """Read a segment."""
    segment = _get(call, segment_id)
    return segment_json(get_own_store(call.session, call.actor, segment.store_id), segment)


@segments.action(
    "PATCH /segments/<id:segment_id>",
    Action("segments.write", body=SegmentChange, gives=SegmentShape),
)
def change(call: Call, segment_id: int) -> SegmentShape:
    """Change the name or the rule."""
    segment = _get(call, segment_id)
    change_segment(call.session, segment, call.body, call.now)
    return segment_json(get_own_store(call.session, call.actor, segment.store_id), segment)


@segments.action(
    "DELETE /segments/<id:segment_id>", Action("segments.write", body=Nothing, status=204)
)
def delete(call: Call, segment_id: int) -> None:
    """Forget a segment that no campaign needs."""
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
    store = get_own_store(call.session, call.actor, segment.store_id)
    after, limit = read_id_cursor(call.query["cursor"]) or 0, call.query["limit"]
    span = members.Span(after, limit + 1)
    rows = members.page(call.session, store, parse(segment.rule), span, call.now)
    shapes = {int(shape["id"]): shape for shape in buyers_json(call.session, rows, call.now)}
    return page(rows, limit, _id, lambda row: shapes[row.id])


def _get(call: Call, segment_id: int) -> Segment:
    stores = chosen_stores(call.session, call.actor)
    return get_segment(call.session, list(stores), segment_id)


def _id(row: Any) -> int:
    return int(row.id)
