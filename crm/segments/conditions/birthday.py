"""Whether a buyer's birthday is near, or known at all."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark, ngettext
from crm.segments.birthdays import MonthDay, lunar_days, solar_days
from crm.segments.fields import Flag, Whole
from crm.segments.params import Params as Plain
from crm.segments.scope import Scope
from crm.segments.values import Value

LABEL = mark("Birthday")


class Params(Plain):
    """Days ahead, from the store's today up to and including the n-th day; or known at all."""

    within_days = Whole(mark("within the next days"), 0, 366)
    known = Flag(mark("known"))
    needs = ("within_days", "known")


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Look for the month-days of the span; 29 February is kept on the 28th in common years."""
    return and_(*_tests(params, scope))


def _tests(params: Mapping[str, Any], scope: Scope) -> Iterator[ColumnElement[bool]]:
    known = and_(Buyer.birth_month.is_not(None), Buyer.birth_day.is_not(None))
    if "known" in params:
        yield known if params["known"] else not_(known)
    if "within_days" in params:
        solar = solar_days(scope.today, params["within_days"])
        lunar = lunar_days(scope.today, params["within_days"])
        in_lunar = Buyer.birth_calendar == "lunar"
        yield known
        yield or_(and_(not_(in_lunar), _falls_on(solar)), and_(in_lunar, _falls_on(lunar)))


def _falls_on(days: Iterable[MonthDay]) -> ColumnElement[bool]:
    # A list of days for each month answers from the index; two ORed ranges would not.
    months = groupby(sorted(days), key=lambda day: day[0])
    arms = (
        and_(Buyer.birth_month == month, Buyer.birth_day.in_([day for _month, day in of_month]))
        for month, of_month in months
    )
    return or_(false(), *arms)


def value(_params: Mapping[str, Any], _scope: Scope) -> Value:
    """Tell what it looks at."""
    told = func.concat_ws("-", Buyer.birth_month, Buyer.birth_day)
    return Value(func.nullif(told, ""))


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say how near."""
    if "within_days" not in params:
        return _("whose birthday is known") if params["known"] else _("whose birthday is unknown")
    days = params["within_days"]
    if days == 0:
        return _("whose birthday is today")
    return ngettext(
        "whose birthday is within the next %(count)s day",
        "whose birthday is within the next %(count)s days",
        days,
    )
