"""How segments and conditions are written."""

from typing import Any, TypedDict

from sqlalchemy.orm import Session

from crm.api.shapes.buyers import BuyerShape
from crm.api.shapes.values import instant
from crm.buyers.models import Buyer
from crm.campaigns.models import Campaign
from crm.segments.answers.counts import Part
from crm.segments.answers.explain import Explanation, Verdict, because
from crm.segments.describe import sentence
from crm.segments.models import Segment, SegmentCount
from crm.segments.nesting import recall
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


class PartShape(TypedDict):
    """A part of a rule by itself; `place` is where it lies in the rule, "" the whole."""

    place: str
    kind: str
    sentence: str
    count: int


class PreviewShape(TypedDict):
    """Who a rule means."""

    count: int
    sentence: str
    parts: list[PartShape]
    sample: list[BuyerShape]


class VerdictShape(TypedDict):
    """A part of a rule judged for one buyer; `decisive` parts made the answer."""

    place: str
    kind: str
    sentence: str
    holds: bool
    value: str | None
    decisive: bool


class MembershipShape(TypedDict):
    """Whether a buyer is in a segment, and why."""

    segment: str
    buyer: str
    is_in: bool
    sentence: str
    parts: list[VerdictShape]


class DayCountShape(TypedDict):
    """How many buyers a segment had on a day."""

    day: str
    count: int


class SegmentUserShape(TypedDict):
    """What uses a segment: another segment or a campaign."""

    type: str
    id: str
    name: str


def segment_json(session: Session, store: Store, segment: Segment) -> SegmentShape:
    """Write a segment."""
    return SegmentShape(
        id=str(segment.id),
        store=store.slug,
        name=segment.name,
        rule=segment.rule,
        sentence=sentence(recall(session, store, segment.rule), store.currency),
        created_at=instant(segment.created_at),
        updated_at=instant(segment.updated_at),
    )


def part_json(part: Part) -> PartShape:
    """Write a part of a rule with its count."""
    return PartShape(place=part.place, kind=part.kind, sentence=part.sentence, count=part.count)


def membership_json(segment: Segment, buyer: Buyer, told: Explanation) -> MembershipShape:
    """Write whether a buyer is in a segment, and why."""
    return MembershipShape(
        segment=str(segment.id),
        buyer=str(buyer.id),
        is_in=told.is_in,
        sentence=because(told),
        parts=[_verdict_json(one) for one in told.verdicts],
    )


def _verdict_json(one: Verdict) -> VerdictShape:
    return VerdictShape(
        place=one.place,
        kind=one.kind,
        sentence=one.sentence,
        holds=one.holds,
        value=one.value,
        decisive=one.decisive,
    )


def day_count_json(row: SegmentCount) -> DayCountShape:
    """Write the count of a day."""
    return DayCountShape(day=row.counted_on.isoformat(), count=row.number)


def user_json(kind: str, user: Segment | Campaign) -> SegmentUserShape:
    """Write what uses a segment."""
    return SegmentUserShape(type=kind, id=str(user.id), name=user.name)
