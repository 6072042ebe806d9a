"""How much a buyer spent after refunds, ever or lately."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select

from crm.buyers.models import Buyer, Order
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import bounds, words
from crm.segments.params import Amounts, within_days
from crm.segments.scope import Scope
from crm.segments.values import Value, amount

LABEL = mark("Total spent")


class Params(Amounts):
    """Bounds of the amount; with `within_days` only the orders of the last days."""

    within_days = within_days()


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Hold total − refunded of the counted orders in the store's currency against the bounds."""
    return bounds.amounts(_spent(params, scope), params, scope.currency)


def _spent(params: Mapping[str, Any], scope: Scope) -> bounds.Column:
    if "within_days" not in params:
        return Buyer.spent_minor
    net = func.coalesce(func.sum(Order.total_minor - Order.refunded_minor), 0)
    lately = (
        select(net)
        .where(Order.store_id == scope.store_id, Order.buyer_id == Buyer.id, Order.counted)
        .where(Order.currency == scope.currency)
        .where(*bounds.within(Order.placed_at, params, scope))
        .correlate(Buyer)
    )
    return lately.scalar_subquery()


def value(params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell what it looks at."""
    return amount(_spent(params, scope))


def describe(params: Mapping[str, Any], currency: str) -> str:
    """Say the bounds."""
    amount = words.amount(params, currency)
    if "within_days" not in params:
        return _("who have spent %(amount)s", amount=amount)
    return _("who spent %(amount)s %(when)s", amount=amount, when=words.when(params))
