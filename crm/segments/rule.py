"""A rule: read from JSON, checked as a whole, frozen."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, NamedTuple

from marshmallow import ValidationError

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.segments.conditions import conditions
from crm.segments.params import Params

MOST_DEPTH = 6
MOST_NODES = 50
_KINDS = ("all", "any", "not", "condition", "segment")
_ID = re.compile(r"[1-9]\d{0,17}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AllOf:
    """True for whoever fulfils every part."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True for whoever fulfils one part or more."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True for whoever does not fulfil the part."""

    rule: "Rule"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition with its params."""

    key: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Saved:
    """Whoever is in a saved segment; `rule` is that segment's own, once it was looked up."""

    segment_id: int
    name: str = ""
    rule: "Rule | None" = None


Rule = AllOf | AnyOf | Not | Leaf | Saved


def parse(document: object, at: str = "") -> Rule:
    """Read a rule from JSON; `at` is where it lies in the request.

    Raises Rejected with every mistake by its place: {"all.1.at_least": "must be …"}.
    """
    reader = _Reader()
    rule = reader.read(document, _Place(at, 1))
    if reader.errors or rule is None:
        place, fault = next(iter(reader.errors.items()))
        reason = _("This rule cannot be used: %(place)s %(fault)s", place=place, fault=fault)
        raise Rejected(reason, reader.errors)
    return rule


class _Place(NamedTuple):
    path: str
    depth: int

    def inside(self, name: str | int) -> "_Place":
        return _Place(_join(self.path, name), self.depth + 1)

    def __str__(self) -> str:
        return self.path or "rule"


def _join(path: str, name: str | int) -> str:
    return f"{path}.{name}" if path else str(name)


class _Reader:
    """Walks a rule once and notes every mistake by its place."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}
        self.nodes = 0

    def read(self, node: object, place: _Place) -> Rule | None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self._too_many(place)
        elif not isinstance(node, dict):
            self._refuse(place, _('must be an object such as {"condition": "vip"}'))
        elif len(kinds := [kind for kind in _KINDS if kind in node]) != 1:
            self._refuse(place, _("must have one of %(kinds)s", kinds=", ".join(_KINDS)))
        else:
            return self._one(kinds[0], node, place)
        return None

    def _one(self, kind: str, node: Mapping[str, Any], place: _Place) -> Rule | None:
        if kind == "condition":
            return self._leaf(node, place)
        for name in node.keys() - {kind}:
            self._refuse(_join(place.path, name), _unknown(name, [kind]))
        return self._saved(node, place) if kind == "segment" else self._group(kind, node, place)

    def _too_many(self, place: _Place) -> None:
        if self.nodes == MOST_NODES + 1:
            self._refuse(
                place, _("is more than the %(most)s parts a rule may have", most=MOST_NODES)
            )

    def _refuse(self, place: _Place | str, fault: str) -> None:
        self.errors[str(place)] = fault

    def _saved(self, node: Mapping[str, Any], place: _Place) -> Saved | None:
        named = node["segment"]
        told = str(named) if isinstance(named, int | str) and not isinstance(named, bool) else ""
        if not _ID.fullmatch(told):
            fault = _("must be the id of a saved segment")
            self._refuse(_join(place.path, "segment"), fault)
            return None
        return Saved(int(told))

    def _group(self, kind: str, node: Mapping[str, Any], place: _Place) -> Rule | None:
        if place.depth > MOST_DEPTH:
            self._refuse(place, _("is nested deeper than %(most)s levels", most=MOST_DEPTH))
            return None
        if kind == "not":
            rule = self.read(node["not"], place.inside("not"))
            return Not(rule) if rule else None
        rules = tuple(self._parts(node[kind], place.inside(kind)))
        return AllOf(rules) if kind == "all" else AnyOf(rules)

    def _parts(self, nodes: object, place: _Place) -> Iterator[Rule]:
        if not isinstance(nodes, list) or not nodes:
            self._refuse(place, _("must be a list of at least one rule"))
            return
        for number, node in enumerate(nodes):
            rule = self.read(node, _Place(_join(place.path, number), place.depth))
            if rule is not None:
                yield rule
            if self.nodes > MOST_NODES:
                return

    def _leaf(self, node: Mapping[str, Any], place: _Place) -> Leaf | None:
        key = node["condition"]
        condition = conditions().get(key) if isinstance(key, str) else None
        if condition is None:
            self._refuse(_join(place.path, "condition"), _unknown(key, conditions()))
            return None
        given = {name: value for name, value in node.items() if name != "condition"}
        params = self._params(condition.Params(), given, place)
        return None if params is None else Leaf(key, MappingProxyType(params))

    def _params(
        self, schema: Params, given: dict[str, Any], place: _Place
    ) -> dict[str, Any] | None:
        known = [field.data_key or name for name, field in schema.fields.items()]
        strange = [name for name in given if name not in known]
        for name in strange:
            self._refuse(_join(place.path, name), _unknown(name, known))
        try:
            loaded: dict[str, Any] = schema.load({n: v for n, v in given.items() if n in known})
        except ValidationError as fault:
            for path, words in _flat(fault.messages, place.path):
                self._refuse(path or str(place), words)
            return None
        return None if strange else loaded


def _unknown(name: object, known: Mapping[str, Any] | list[str]) -> str:
    near = get_close_matches(str(name)[:100], list(known), n=1, cutoff=0.5)
    if near:
        return _("is unknown; did you mean %(near)s?", near=near[0])
    return _("is unknown; there are: %(known)s", known=", ".join(known))


def _flat(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _flat(inner, path if name == "_schema" else _join(path, name))
    else:
        # Fixed faults are marked where they are declared and translated here.
        yield path, "; ".join(_(fault) for fault in messages)
