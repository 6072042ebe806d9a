"""Every part of a rule with its own count, in one pass over the buyers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.segments.answers.patience import patience
from crm.segments.answers.says import say
from crm.segments.answers.tree import leaves, nodes
from crm.segments.compile import clause, combine, present
from crm.segments.rule import Leaf, Rule
from crm.segments.scope import Scope, scope_of
from crm.stores.models import Store


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a rule alone: where it lies, what it says, and how many buyers fulfil it."""

    place: str
    depth: int
    kind: str
    sentence: str
    count: int


def count_parts(session: Session, store: Store, rule: Rule, now: datetime) -> tuple[Part, ...]:
    """Count every part of a rule by itself, the whole first. Raises Unavailable when too slow."""
    scope, found = scope_of(store, now), nodes(rule)
    tested = _tested(rule, scope)
    counts = [
        func.count().filter(combine(node.rule, lambda leaf: tested.c[_name(rule, leaf)]))
        for node in found
    ]
    with patience(session, rule, scope):
        row = session.execute(select(*counts).select_from(tested)).one()
    return tuple(
        Part(node.place, node.depth, node.kind, say(node.rule, store.currency), number)
        for node, number in zip(found, row, strict=True)
    )


def _tested(rule: Rule, scope: Scope) -> Subquery:
    """Test every condition once a buyer; OFFSET keeps the planner from copying the tests."""
    tests = [clause(leaf, scope).label(_name(rule, leaf)) for leaf in leaves(rule)]
    return select(*tests).select_from(Buyer).where(present(scope)).offset(0).subquery()


def _name(rule: Rule, leaf: Leaf) -> str:
    return f"c{leaves(rule).index(leaf)}"
