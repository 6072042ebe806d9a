"""The buyers who spent most: a number of them, or a share."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema
from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark, ngettext
from crm.segments.fields import Whole
from crm.segments.params import Params as Plain
from crm.segments.scope import Scope
from crm.segments.values import NOTHING, Value

LABEL = mark("Top spenders")


class Params(Plain):
    """Either a number of buyers or a share of those with an order."""

    count = Whole(mark("how many"), 1, 10_000_000)
    percent = Whole(mark("percent"), 1, 100)
    needs = ("count", "percent")

    @validates_schema(skip_on_field_errors=True)
    def _check_either(self, given: Mapping[str, Any], **_more: Any) -> None:
        if "count" in given and "percent" in given:
            raise ValidationError(_("cannot go with %(name)s", name="count"), "percent")


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Rank by spent, then newer last order, then id: exactly that many; a share rounds up."""
    ranked = aliased(Buyer)
    ordering = _ranked(ranked, scope)
    many: Any = params.get("count")
    if many is None:
        share = (func.count() * params["percent"] + 99) // 100
        many = select(share).select_from(ranked).where(*ordering).scalar_subquery()
    best = select(ranked.id).where(*ordering).limit(many)
    best = best.order_by(ranked.spent_minor.desc(), ranked.last_order_at.desc(), ranked.id)
    return Buyer.id.in_(best)


def _ranked(ranked: type[Buyer], scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return (
        ranked.store_id == scope.store_id,
        ranked.orders_count > 0,
        ranked.merged_into.is_(None),
        ranked.erased_at.is_(None),
    )


def value(_params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell the place among those who bought, 1 for whoever spent most."""
    ranked = aliased(Buyer)
    later = ranked.last_order_at > Buyer.last_order_at
    alike = and_(ranked.last_order_at == Buyer.last_order_at, ranked.id < Buyer.id)
    equal = and_(ranked.spent_minor == Buyer.spent_minor, or_(later, alike))
    ahead = (
        select(func.count() + 1)
        .where(*_ranked(ranked, scope), or_(ranked.spent_minor > Buyer.spent_minor, equal))
        .correlate(Buyer)
    )
    return Value(case((Buyer.orders_count > 0, ahead.scalar_subquery())), "number", NOTHING)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say how many."""
    if "percent" in params:
        return _("who are among the top %(percent)s %% of spenders", percent=params["percent"])
    return ngettext(
        "who are the top spender", "who are among the top %(count)s spenders", params["count"]
    )
