"""On which days of the week and at which hours a buyer orders."""

from collections.abc import Iterator, Mapping
from typing import Any

from babel.dates import get_day_names
from marshmallow import ValidationError, validates_schema
from sqlalchemy import ColumnElement, Select, and_, extract, func, or_, select

from crm.buyers.models import Buyer, Order
from crm.i18n import babel_locale, locale, mark
from crm.i18n import gettext as _
from crm.segments import bounds, words
from crm.segments.fields import Listed, Whole
from crm.segments.params import Params as Plain
from crm.segments.params import within_days
from crm.segments.scope import Scope
from crm.segments.values import Value, newest

LABEL = mark("Day and hour of an order")


class Params(Plain):
    """Weekdays from 1 (Monday) to 7; hours of the day, across midnight when they run backwards."""

    weekdays = Listed(Whole(mark("weekdays"), 1, 7))
    from_hour = Whole(mark("from hour"), 0, 23)
    to_hour = Whole(mark("before hour"), 1, 24)
    within_days = within_days()
    needs = ("weekdays", "from_hour", "to_hour")

    @validates_schema(skip_on_field_errors=True)
    def _check_hours(self, given: Mapping[str, Any], **_more: Any) -> None:
        if "from_hour" in given and given["from_hour"] == given.get("to_hour"):
            raise ValidationError(_("must differ from %(name)s", name="from_hour"), "to_hour")


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Look for one counted order at such a time in the store's zone."""
    return _orders(params, scope).exists()


def _orders(params: Mapping[str, Any], scope: Scope) -> Select[Any]:
    return (
        select(Order.id)
        .where(Order.store_id == scope.store_id, Order.buyer_id == Buyer.id, Order.counted)
        .where(*_tests(params, scope), *bounds.within(Order.placed_at, params, scope))
        .correlate(Buyer)
    )


def _tests(params: Mapping[str, Any], scope: Scope) -> Iterator[ColumnElement[bool]]:
    local = func.timezone(scope.timezone, Order.placed_at)
    if "weekdays" in params:
        yield extract("isodow", local).in_(params["weekdays"])
    first, end = params.get("from_hour", 0), params.get("to_hour", 24)
    hour = extract("hour", local)
    yield and_(hour >= first, hour < end) if first < end else or_(hour >= first, hour < end)


def value(params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell what it looks at."""
    return newest(_orders(params, scope), Order.placed_at, scope)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the days and hours."""
    parts = []
    if "weekdays" in params:
        names = get_day_names("wide", locale=babel_locale(locale()))
        parts.append(_("on %(days)s", days=words.either(names[n - 1] for n in params["weekdays"])))
    if "from_hour" in params or "to_hour" in params:
        hours = {"first": params.get("from_hour", 0), "end": params.get("to_hour", 24)}
        parts.append(_("between %(first)s:00 and %(end)s:00", **hours))
    if when := words.when(params):
        parts.append(when)
    return _("who ordered %(when)s", when=" ".join(parts))
