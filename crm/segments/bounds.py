"""Params turned into SQL; every test here is true or false, never NULL."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import ceil, floor
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_
from sqlalchemy.orm import InstrumentedAttribute

from crm.money import minor_places
from crm.segments.scope import Scope

Params = Mapping[str, Any]
Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Test = ColumnElement[bool]


def numbers(column: Column, params: Params) -> Test:
    """Hold a number against its bounds; an unknown one is outside all of them."""
    return and_(column.is_not(None), *_numbers(column, params))


def _numbers(column: Column, params: Params) -> Iterator[Test]:
    if "at_least" in params:
        yield column >= params["at_least"]
    if "at_most" in params:
        yield column <= params["at_most"]
    yield from _listed(column, params)


def _listed(column: Column, params: Params) -> Iterator[Test]:
    if "is" in params:
        yield column == params["is"]
    if "any_of" in params:
        yield column.in_(params["any_of"])
    if "none_of" in params:
        yield column.not_in(params["none_of"])


def amounts(minor: Column, params: Params, currency: str) -> Test:
    """Hold minor units against amounts in the store's currency."""
    bounds: dict[str, int] = {}
    if "at_least" in params:
        bounds["at_least"] = ceil(to_minor(params["at_least"], currency))
    if "at_most" in params:
        bounds["at_most"] = floor(to_minor(params["at_most"], currency))
    return numbers(minor, bounds)


def to_minor(amount: Decimal, currency: str) -> Decimal:
    """Give an amount in minor units, unrounded: 10.005 EUR is 1000.5 cents."""
    return amount.scaleb(minor_places(currency))


def texts(column: Column, params: Params) -> Test:
    """Hold a text against the words given, as they are written."""
    return and_(column.is_not(None), *_listed(column, params))


def folded(column: Column, params: Params) -> Test:
    """Hold a text against the words given, upper and lower case alike."""
    listed = params.get("any_of") or params.get("none_of") or (params["is"],)
    # PostgreSQL folds both sides, so they are folded by the same rules.
    found = func.lower(column).in_([func.lower(word) for word in listed])
    return and_(column.is_not(None), not_(found) if "none_of" in params else found)


def moments(column: Column, params: Params, scope: Scope) -> Test:
    """Hold an instant against its bounds."""
    return and_(column.is_not(None), *within(column, params, scope))


def within(column: Column, params: Params, scope: Scope) -> Iterator[Test]:
    """List what an instant must be for its bounds; the last n days end now."""
    if "within_days" in params:
        yield column >= scope.ago(params["within_days"])
        yield column <= scope.now
    if "days_ago_at_least" in params:
        yield column <= scope.ago(params["days_ago_at_least"])


def happened(events: Select[Any], at: Column, params: Params, scope: Scope) -> Test:
    """Ask whether the last of `events` up to now lies within the bounds; none at all is false.

    `events` is correlated with the buyer; without bounds any event will do.
    """
    found = events.where(*within(at, params, scope)).exists()
    if "days_ago_at_least" not in params:
        return found
    later = events.where(at > scope.ago(params["days_ago_at_least"]), at <= scope.now).exists()
    return and_(found, not_(later))


def stated(test: Test, params: Params) -> Test:
    """Turn a test round when `is` says false."""
    return test if params["is"] else not_(test)
