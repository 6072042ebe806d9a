"""How segments and conditions are written."""

from typing import Any, TypedDict

from crm.api.shapes.buyers import BuyerShape
from crm.api.shapes.values import instant
from crm.segments.describe import sentence
from crm.segments.models import Segment
from crm.segments.rule import parse
from crm.stores.models import Store


class SegmentShape(TypedDict):
    """A rule with a name, and the rule in words."""

    id: str
    store: str
    name: str
    rule: dict[str, Any]
    sentence: str
    created_at: str
    updated_at: str


class ConditionShape(TypedDict):
    """A condition that rules may use."""

    key: str
    label: str
    params: list[dict[str, Any]]
    needs_one_of: list[str]


class PreviewShape(TypedDict):
    """Who a rule means."""

    count: int
    sentence: str
    sample: list[BuyerShape]


def segment_json(store: Store, segment: Segment) -> SegmentShape:
    """Write a segment."""
    return SegmentShape(
        id=str(segment.id),
        store=store.slug,
        name=segment.name,
        rule=segment.rule,
        sentence=sentence(parse(segment.rule), store.currency),
        created_at=instant(segment.created_at),
        updated_at=instant(segment.updated_at),
    )
