"""What an order of a buyer is worth on average, after refunds."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import words
from crm.segments.bounds import to_minor
from crm.segments.params import Amounts
from crm.segments.scope import Scope

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


def describe(params: Mapping[str, Any], currency: str) -> str:
    """Say the bounds."""
    return _("whose average order is %(amount)s", amount=words.amount(params, currency))
