"""A birthday wish: on the buyer's date, in the buyer's zone, once a year, never a day late.

29 February is greeted on 28 February in common years. A lunar birthday follows the Chinese
calendar: the plain month where a year has no such leap month, the 29th where a month has no 30th.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from lunar_python import Lunar, Solar
from marshmallow import ValidationError
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    null,
    select,
    values,
)

from crm.buyers.models import Buyer
from crm.campaigns.kinds import Due, Plan
from crm.i18n import gettext as _
from crm.i18n import mark, ngettext
from crm.stores.form_fields import Form, Whole, Words

LABEL = mark("Birthday wish")
TRANSACTIONAL = False
TOPIC = "birthday"
DEFAULT_TIME = "09:00"
# The widest spread of local dates around UTC (UTC-12 to UTC+14).
_WEST, _EAST = timedelta(hours=12), timedelta(hours=14)


def _clock(text: str) -> None:
    try:
        time.fromisoformat(text)
    except ValueError:
        raise ValidationError(mark("must be a time of day such as 21:00")) from None


class Schedule(Form):
    """When: `days_before` the birthday (0: on the day), at `time` on the buyer's clock."""

    days_before = Whole(0, 60, load_default=0)
    time = Words(load_default=DEFAULT_TIME, validate=[_clock])


def due(plan: Plan, now: datetime) -> Due | None:
    """Give every buyer whose wish is due and whose birthday is not over where the buyer lives."""
    days = list(_days(plan, now))
    if not days:
        return None
    calendar = values(
        column("calendar", Text),
        column("month", Integer),
        column("day", Integer),
        column("year", Text),
        column("falls_on", Date),
        name="calendar_days",
    ).data(days)
    zone = func.coalesce(Buyer.timezone, str(plan.zone))
    due_at = _at(calendar.c.falls_on - _days_before(plan), _time(plan), zone)
    ends_at = _at(calendar.c.falls_on + 1, time(), zone)
    lapses_at = func.least(due_at + plan.expires_after, ends_at)
    rows = (
        select(
            Buyer.id.label("buyer_id"),
            calendar.c.year.label("occurrence"),
            cast(null(), BigInteger).label("order_id"),
            due_at.label("due_at"),
            lapses_at.label("expires_at"),
        )
        .join(calendar, _born_on(calendar))
        .where(due_at <= now, lapses_at > now)
    )
    return Due(rows, calendar.c.year)


def is_over(plan: Plan, now: datetime) -> bool:
    """Tell that birthdays never end."""
    del plan, now
    return False


def describe(schedule: dict[str, Any]) -> str:
    """Say when it goes out."""
    days, clock = int(schedule.get("days_before", 0)), schedule.get("time", DEFAULT_TIME)
    if not days:
        return _("every year on the birthday at %(time)s, buyer's time", time=clock)
    return ngettext(
        "every year %(count)s day before the birthday at %(time)s, buyer's time",
        "every year %(count)s days before the birthday at %(time)s, buyer's time",
        days,
        time=clock,
    )


def _days(plan: Plan, now: datetime) -> Iterator[tuple[str, int, int, str, date]]:
    """List the days whose wishes may be due now, as (calendar, month, day, year, date)."""
    first = (now - _WEST).date()  # a birthday that is over everywhere is never greeted
    last = (now + _EAST).date() + timedelta(days=_days_before(plan))
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        yield "solar", day.month, day.day, str(day.year), day
        if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).day == 1:
            yield "solar", 2, 29, str(day.year), day
        yield from _lunar(day)


def _lunar(day: date) -> Iterator[tuple[str, int, int, str, date]]:
    lunar: Lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    if lunar.getMonth() < 0:  # a leap month: its birthdays were kept in the plain one
        return
    # Named like a solar year, so that changing the calendar of a birthday mints no second wish.
    year = str(lunar.getYear())
    yield "lunar", lunar.getMonth(), lunar.getDay(), year, day
    tomorrow = day + timedelta(days=1)
    next_day = Solar.fromYmd(tomorrow.year, tomorrow.month, tomorrow.day).getLunar().getDay()
    if lunar.getDay() == 29 and next_day == 1:
        yield "lunar", lunar.getMonth(), 30, year, day


def _born_on(calendar: Any) -> ColumnElement[bool]:
    return and_(
        Buyer.birth_calendar == calendar.c.calendar,
        Buyer.birth_month == calendar.c.month,
        Buyer.birth_day == calendar.c.day,
    )


def _at(day: ColumnElement[date], clock: time, zone: ColumnElement[str]) -> ColumnElement[datetime]:
    """Turn a local day and time into an instant; PostgreSQL knows the zones' summer times."""
    wall = cast(day, Date) + literal(clock)
    return cast(func.timezone(zone, wall), DateTime(timezone=True))


def _days_before(plan: Plan) -> int:
    return int(plan.schedule.get("days_before", 0))


def _time(plan: Plan) -> time:
    return time.fromisoformat(plan.schedule.get("time", DEFAULT_TIME))
