"""A rule as SQL: the only meaning it has."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, not_, or_

from crm.buyers.models import Buyer
from crm.segments.conditions import conditions
from crm.segments.rule import AllOf, AnyOf, Leaf, Not, Rule, Saved
from crm.segments.scope import Scope


def where(rule: Rule, scope: Scope) -> ColumnElement[bool]:
    """Say in SQL over Buyer who is in the segment; erased and merged-away buyers never are."""
    return and_(present(scope), clause(rule, scope))


def present(scope: Scope) -> ColumnElement[bool]:
    """Name the buyers of the store who may be in a segment at all."""
    return and_(
        Buyer.store_id == scope.store_id, Buyer.merged_into.is_(None), Buyer.erased_at.is_(None)
    )


def clause(rule: Rule, scope: Scope) -> ColumnElement[bool]:
    """Turn a part of a rule into SQL: true or false for everybody, never NULL."""
    return combine(rule, lambda leaf: conditions()[leaf.key].where(leaf.params, scope))


def combine(rule: Rule, tested: Callable[[Leaf], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Put the tests of a rule's conditions together."""
    match rule:
        case AllOf(rules):
            return and_(*(combine(part, tested) for part in rules))
        case AnyOf(rules):
            return or_(*(combine(part, tested) for part in rules))
        case Not(part):
            return not_(combine(part, tested))
        case Leaf():
            return tested(rule)
        case Saved(_id, _name, inner):
            assert inner is not None, "look the saved segments up first: crm.segments.nesting"
            return combine(inner, tested)
