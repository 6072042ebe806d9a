"""Whether a buyer got money back, how much and when last."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select

from crm.buyers.models import Buyer, Order, Refund
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import bounds, words
from crm.segments.fields import Amount
from crm.segments.params import Happened
from crm.segments.scope import Scope
from crm.segments.values import Value, amount, newest

LABEL = mark("Refunded")


class Params(Happened):
    """Bounds of all that was refunded, and of when the last refund was."""

    at_least = Amount(mark("at least"))
    at_most = Amount(mark("at most"))


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Hold the refunds of the counted orders against the bounds."""
    return bounds.stated(and_(*_tests(params, scope)), params)


def _tests(params: Mapping[str, Any], scope: Scope) -> Iterator[ColumnElement[bool]]:
    yield Buyer.refunded_minor > 0
    yield bounds.amounts(Buyer.refunded_minor, params, scope.currency)
    if _is_timed(params):
        yield bounds.happened(_refunds(scope), Refund.refunded_at, params, scope)


def _is_timed(params: Mapping[str, Any]) -> bool:
    return "within_days" in params or "days_ago_at_least" in params


def _refunds(scope: Scope) -> Select[Any]:
    return (
        select(Refund.id)
        .join(Order, (Order.store_id == scope.store_id) & (Order.id == Refund.order_id))
        .where(Refund.store_id == scope.store_id, Refund.amount_minor > 0)
        .where(Order.buyer_id == Buyer.id, Order.counted)
        .correlate(Buyer)
    )


def value(params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell what it looks at."""
    if _is_timed(params):
        return newest(_refunds(scope), Refund.refunded_at, scope)
    return amount(Buyer.refunded_minor)


def describe(params: Mapping[str, Any], currency: str) -> str:
    """Say the bounds."""
    when = words.when(params)
    parts = [_said(when, params["is"])]
    if "at_least" in params or "at_most" in params:
        amount = words.amount(params, currency)
        parts.append(_("in all %(amount)s", amount=amount))
    return ", ".join(parts)


def _said(when: str, said: bool) -> str:
    if when and said:
        return _("who last got a refund %(when)s", when=when)
    if when:
        return _("who got no refund %(when)s", when=when)
    return _("who have got a refund") if said else _("who have never got a refund")
