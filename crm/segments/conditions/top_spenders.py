"""The buyers who spent most: a number of them, or a share."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError, validates_schema
from sqlalchemy import CTE, ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark, ngettext
from crm.segments.fields import Whole
from crm.segments.params import Params as Plain
from crm.segments.scope import Scope
from crm.segments.values import NOTHING, Value

LABEL = mark("Top spenders")
_LEAST, _MOST = -(2**63), 2**63 - 1
_FEW_PERCENT = 10


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
    """Rank by spent, then newer last order, then id: exactly that many; a share rounds up.

    Whoever is not behind the last of them is among them: one row to compare with, not a list.
    """
    last = _last(scope.store_id, params.get("count"), params.get("percent"))
    # Where fewer bought than are asked for there is no last one, and all of them are in.
    spent = func.coalesce(select(last.c.spent_minor).scalar_subquery(), _LEAST)
    ordered_at = select(last.c.last_order_at).scalar_subquery()
    alike = and_(Buyer.last_order_at == ordered_at, Buyer.id <= select(last.c.id).scalar_subquery())
    ahead = or_(Buyer.spent_minor > spent, Buyer.last_order_at > ordered_at, alike)
    # Given both ends of a range the planner expects few rows, given one a third of them.
    is_few = params.get("percent", 0) <= _FEW_PERCENT
    reach = Buyer.spent_minor.between(spent, _MOST) if is_few else Buyer.spent_minor >= spent
    return and_(*_ranked(Buyer, scope.store_id), reach, ahead)


@lru_cache(maxsize=1024)
def _last(store_id: int, count: int | None, percent: int | None) -> CTE:
    """Find the last of the best; the same question must be the same object in a statement."""
    ranked = aliased(Buyer)
    many: Any = count
    if percent is not None:
        share = (func.count() * percent + 99) // 100
        many = select(share).select_from(ranked).where(*_ranked(ranked, store_id))
        many = many.scalar_subquery()
    best = select(ranked.spent_minor, ranked.last_order_at, ranked.id)
    best = best.where(*_ranked(ranked, store_id)).offset(func.greatest(many, 1) - 1).limit(1)
    best = best.order_by(ranked.spent_minor.desc(), ranked.last_order_at.desc(), ranked.id)
    return best.cte(f"best_{store_id}_{count or ''}_{percent or ''}")


def _ranked(ranked: type[Buyer], store_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        ranked.store_id == store_id,
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
        .where(*_ranked(ranked, scope.store_id), or_(ranked.spent_minor > Buyer.spent_minor, equal))
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
