"""What an order of a buyer is worth on average, after refunds."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import words
from crm.segments.bounds import to_minor
from crm.segments.params import Amounts
from crm.segments.scope import Scope
from crm.segments.values import Value, amount

LABEL = mark("Average order")


class Params(Amounts):
    """Bounds of the amount."""


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Hold spent ÷ orders against the bounds; without an order it is unknown."""
    return and_(Buyer.orders_count > 0, *_bounds(params, scope.currency))


def _bounds(params: Mapping[str, Any], currency: str) -> Iterator[ColumnElement[bool]]:
    # Multiplied, not divided: no rounding can move a buyer over a bound.
    if "at_least" in params:
        yield Buyer.spent_minor >= to_minor(params["at_least"], currency) * Buyer.orders_count
    if "at_most" in params:
        yield Buyer.spent_minor <= to_minor(params["at_most"], currency) * Buyer.orders_count


def value(_params: Mapping[str, Any], _scope: Scope) -> Value:
    """Tell what it looks at."""
    orders = func.nullif(Buyer.orders_count, 0)
    return amount(func.div(2 * Buyer.spent_minor + orders, 2 * orders))


def describe(params: Mapping[str, Any], currency: str) -> str:
    """Say the bounds."""
    return _("whose average order is %(amount)s", amount=words.amount(params, currency))
