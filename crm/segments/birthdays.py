"""The month-days whose birthdays fall into a span of days, solar and Chinese lunar."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from lunar_python import LunarMonth, Solar

MonthDay = tuple[int, int]


def solar_days(first: date, days: int) -> frozenset[MonthDay]:
    """List (month, day) from `first` up to and including the n-th day after it.

    A birthday on 29 February is kept on the 28th in a common year.
    """
    return frozenset(one for day in _span(first, days) for one in _solar(day))


def _span(first: date, days: int) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range(days + 1))


def _solar(day: date) -> Iterator[MonthDay]:
    yield day.month, day.day
    if (day.month, day.day) == (2, 28) and not calendar.isleap(day.year):
        yield 2, 29


def lunar_days(first: date, days: int) -> frozenset[MonthDay]:
    """List the lunar (month, day) of a span of days, as `solar_days` does.

    A birthday is kept in the regular month, not again in a leap one; a birthday on the 30th is
    kept on the 29th when the month ends there.
    """
    return frozenset(one for day in _span(first, days) for one in _lunar(day))


@lru_cache(maxsize=4096)
def _lunar(day: date) -> tuple[MonthDay, ...]:
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    month, number = lunar.getMonth(), lunar.getDay()
    if month < 0:
        return ()
    length = LunarMonth.fromYm(lunar.getYear(), month).getDayCount()
    if (number, length) == (29, 29):
        return (month, 29), (month, 30)
    return ((month, number),)
