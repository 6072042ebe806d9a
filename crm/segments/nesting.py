"""Rules that use saved segments: looked up, held within the limits, never in a circle."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.segments.models import Segment
from crm.segments.rule import (
    MOST_DEPTH,
    MOST_NODES,
    AllOf,
    AnyOf,
    Leaf,
    Not,
    Rule,
    Saved,
    parse,
)
from crm.stores.models import Store

# Rules that were kept within the limits may use one another.
_MOST_RECALLED = MOST_NODES * MOST_NODES


def read(session: Session, store: Store, document: object, at: str = "") -> Rule:
    """Read a rule from JSON with the saved segments it uses; `at` is where it lies in the request.

    Raises Rejected with every mistake by its place. What a used segment holds counts as well.
    """
    return _Filler(session, store.id).fill(parse(document, at), _Spot(at))


def read_for(session: Session, segment: Segment, document: object, at: str) -> Rule:
    """Read a new rule for a saved segment, which must not lead back to it. Raises as `read`."""
    start = _Spot(at, trail={segment.id: segment.name})
    return _Filler(session, segment.store_id).fill(parse(document, at), start)


def recall(session: Session, store: Store, document: object) -> Rule:
    """Read a rule that was checked when it was kept. Raises Rejected if a segment is gone."""
    return _Filler(session, store.id, _MOST_RECALLED).fill(parse(document), _Spot(""))


def used_in(document: object) -> Iterator[int]:
    """Name the saved segments that a rule uses itself."""
    if isinstance(document, dict):
        for name, inner in document.items():
            if name == "segment":
                yield int(inner)
            elif name != "condition":
                yield from used_in(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from used_in(inner)


class _Spot(NamedTuple):
    """Where in the rule as written, how deep, and through which segments one came."""

    path: str
    depth: int = 1
    trail: Mapping[int, str] = MappingProxyType({})
    is_within: bool = False

    def part(self, name: str) -> "_Spot":
        # Within a used segment every fault is told at the place that uses it.
        path = self.path if self.is_within else ".".join(filter(None, (self.path, name)))
        return self._replace(path=path)

    def through(self, segment: Segment) -> "_Spot":
        return self._replace(trail={**self.trail, segment.id: segment.name}, is_within=True)


@dataclass
class _Filler:
    """Walks a rule once, puts in what its saved segments hold and notes every mistake."""

    session: Session
    store_id: int
    most: int = MOST_NODES
    nodes: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    known: dict[int, Segment | None] = field(default_factory=dict)

    def fill(self, rule: Rule, spot: _Spot) -> Rule:
        filled = self._fill(rule, spot)
        if self.errors:
            place, fault = next(iter(self.errors.items()))
            reason = _("This rule cannot be used: %(place)s %(fault)s", place=place, fault=fault)
            raise Rejected(reason, self.errors)
        return filled

    def _fill(self, rule: Rule, spot: _Spot) -> Rule:
        self.nodes += 1
        if self.nodes > self.most:
            self._refuse(spot, _("makes more than %(most)s parts in all", most=self.most))
            return rule
        if not isinstance(rule, Leaf | Saved) and spot.depth > MOST_DEPTH and not self._is_recalled:
            self._refuse(spot, _("nests deeper than %(most)s levels in all", most=MOST_DEPTH))
            return rule
        return self._filled(rule, spot)

    @property
    def _is_recalled(self) -> bool:
        return self.most > MOST_NODES

    def _filled(self, rule: Rule, spot: _Spot) -> Rule:
        inside = spot._replace(depth=spot.depth + 1)
        match rule:
            case AllOf(rules):
                return AllOf(tuple(self._parts("all", rules, inside)))
            case AnyOf(rules):
                return AnyOf(tuple(self._parts("any", rules, inside)))
            case Not(part):
                return Not(self._fill(part, inside.part("not")))
            case Saved(segment_id):
                return self._used(segment_id, spot)
        return rule

    def _parts(self, kind: str, rules: tuple[Rule, ...], inside: _Spot) -> Iterator[Rule]:
        for number, part in enumerate(rules):
            if self.nodes <= self.most:
                yield self._fill(part, inside.part(f"{kind}.{number}"))

    def _used(self, segment_id: int, spot: _Spot) -> Rule:
        segment = self._find(segment_id)
        if segment is None:
            self._refuse(spot, _("names segment %(id)s, which is not there", id=segment_id))
        elif segment_id in spot.trail:
            names = " → ".join([*spot.trail.values(), segment.name])
            self._refuse(spot, _("leads in a circle: %(names)s", names=names))
        else:
            inner = self._fill(parse(segment.rule), spot.through(segment))
            return Saved(segment_id, segment.name, inner)
        return Saved(segment_id)

    def _find(self, segment_id: int) -> Segment | None:
        if segment_id not in self.known:
            # Another store's segment is none of ours, and a picture of before must not answer.
            asked = select(Segment).where(
                Segment.store_id == self.store_id, Segment.id == segment_id
            )
            self.known[segment_id] = self.session.scalars(asked).first()
        return self.known[segment_id]

    def _refuse(self, spot: _Spot, fault: str) -> None:
        self.errors.setdefault(spot.path or "rule", fault)
