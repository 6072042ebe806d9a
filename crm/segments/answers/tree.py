"""The parts of a rule, each with its place, as a tree or one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass

from crm.segments.rule import AllOf, AnyOf, Leaf, Not, Rule, Saved


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a rule: where it lies ("" is the whole), how deep, and the rule it is."""

    place: str
    depth: int
    rule: Rule

    @property
    def kind(self) -> str:
        """Name the form it is written in."""
        return _KINDS[type(self.rule)]


_KINDS: dict[type, str] = {
    AllOf: "all",
    AnyOf: "any",
    Not: "not",
    Leaf: "condition",
    Saved: "segment",
}


def nodes(rule: Rule) -> tuple[Node, ...]:
    """List the parts of a rule from the outermost inwards, what used segments hold included."""
    return tuple(_walk(Node("", 0, rule)))


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for part in inside(node):
        yield from _walk(part)


def inside(node: Node) -> Iterator[Node]:
    """List the parts right below a part."""
    for name, rule in _named(node.rule):
        place = f"{node.place}.{name}" if node.place else name
        yield Node(place, node.depth + 1, rule)


def _named(rule: Rule) -> Iterator[tuple[str, Rule]]:
    match rule:
        case AllOf(rules) | AnyOf(rules):
            kind = _KINDS[type(rule)]
            yield from ((f"{kind}.{number}", part) for number, part in enumerate(rules))
        case Not(part):
            yield "not", part
        case Saved(_id, _name, inner) if inner is not None:
            yield "segment", inner


def leaves(rule: Rule) -> tuple[Leaf, ...]:
    """List the conditions of a rule, each once however often it is used."""
    found: list[Leaf] = []
    for node in nodes(rule):
        if isinstance(node.rule, Leaf) and node.rule not in found:
            found.append(node.rule)
    return tuple(found)
