"""How many orders a buyer placed, ever or lately."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select

from crm.buyers.models import Buyer, Order
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import bounds, words
from crm.segments.params import Counts, within_days
from crm.segments.scope import Scope
from crm.segments.values import Value

LABEL = mark("Number of orders")


class Params(Counts):
    """Bounds of the number; with `within_days` only the orders of the last days."""

    within_days = within_days()


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Hold the number of counted orders against the bounds."""
    return bounds.numbers(_number(params, scope), params)


def _number(params: Mapping[str, Any], scope: Scope) -> bounds.Column:
    if "within_days" not in params:
        return Buyer.orders_count
    lately = (
        select(func.count())
        .where(Order.store_id == scope.store_id, Order.buyer_id == Buyer.id, Order.counted)
        .where(*bounds.within(Order.placed_at, params, scope))
        .correlate(Buyer)
    )
    return lately.scalar_subquery()


def value(params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell what it looks at."""
    return Value(_number(params, scope), "number")


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the bounds."""
    number = words.number(params)
    if "within_days" not in params:
        return _("whose number of orders is %(number)s", number=number)
    span = words.when(params)
    return _("whose number of orders %(when)s is %(number)s", when=span, number=number)
