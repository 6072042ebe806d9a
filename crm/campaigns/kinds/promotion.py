"""A promotion: once at an instant, or again and again by a recurrence rule (RFC 5545)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from babel.dates import format_datetime
from dateutil.rrule import rrulestr
from marshmallow import ValidationError, validates_schema
from sqlalchemy import BigInteger, DateTime, Text, cast, literal, null, select

from crm.buyers.models import Buyer
from crm.campaigns.kinds import Due, Plan
from crm.gates.hours import local_instant
from crm.i18n import babel_locale, locale, mark
from crm.i18n import gettext as _
from crm.stores.form_fields import Form, Instant, Words

LABEL = mark("Promotion")
TRANSACTIONAL = False
TOPIC = "offers"
_ONCE = "once"
_AT = DateTime(timezone=True)
# One rule, without a start of its own, and no oftener than a day: it is counted from its start
# each time somebody looks, and a sweep looks every few seconds.
_RULE = re.compile(
    r"(RRULE:)?(?=.*\bFREQ=(YEARLY|MONTHLY|WEEKLY|DAILY)\b)(?!.*BYSECOND)[A-Z0-9=;,+-]+"
)
_MUST = mark(
    "must be one recurrence rule of days, weeks, months or years, without a start of its own"
)
_ANY_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - wall time


def _within_reach(at: datetime) -> None:
    # Nearer to the ends of the calendar, moving an instant between zones overflows.
    if not 2000 <= at.year < 2200:
        raise ValidationError(mark("must be between the years 2000 and 2200"))


class Schedule(Form):
    """When: `at` an aware instant (absent: at the start), `rrule` for repeating it from there."""

    at = Instant(load_default=None, allow_none=True, validate=_within_reach)
    rrule = Words(load_default=None, allow_none=True)

    @validates_schema
    def _readable(self, loaded: dict[str, Any], **_options: Any) -> None:
        if not loaded.get("rrule"):
            return
        if not _RULE.fullmatch(loaded["rrule"]):
            raise ValidationError(_MUST, "rrule")
        try:
            rule = rrulestr(loaded["rrule"], dtstart=_ANY_DAY)
        except (ValueError, KeyError, TypeError) as error:
            said = _("is not a recurrence rule: %(error)s", error=error)
            raise ValidationError(said, "rrule") from None
        if next(iter(rule), None) is None:
            raise ValidationError(mark("never happens"), "rrule")


def due(plan: Plan, now: datetime) -> Due | None:
    """Give every buyer of the store once per occurrence."""
    occurrence_at = _occurrence_at(plan, now)
    if occurrence_at is None:
        return None
    key = _key(plan, occurrence_at)
    if _is_done(plan, key):
        return None
    due_at = max(occurrence_at, plan.started_at)
    occurrence = cast(literal(key), Text)
    rows = select(
        Buyer.id.label("buyer_id"),
        occurrence.label("occurrence"),
        cast(null(), BigInteger).label("order_id"),
        cast(literal(due_at), _AT).label("due_at"),
        cast(literal(due_at + plan.expires_after), _AT).label("expires_at"),
    )
    return Due(rows, occurrence, closes=key)


def is_over(plan: Plan, now: datetime) -> bool:
    """Tell whether the one occurrence, or the last one of the rule, has been decided."""
    if plan.schedule.get("rrule"):
        coming = _rule(plan).after(_wall(plan, now))
        last = _occurrence_at(plan, now)
        return coming is None and (last is None or _is_done(plan, _key(plan, last)))
    return plan.occurrence_done is not None


def describe(schedule: dict[str, Any]) -> str:
    """Say when it goes out."""
    if schedule.get("rrule"):
        return _("again and again (%(rule)s)", rule=schedule["rrule"])
    if not schedule.get("at"):
        return _("as soon as it is started")
    at = datetime.fromisoformat(schedule["at"])
    return _("once, %(when)s", when=format_datetime(at, locale=babel_locale(locale())))


def _first_at(plan: Plan) -> datetime:
    at = plan.schedule.get("at")
    return datetime.fromisoformat(at).astimezone(UTC) if at else plan.started_at


def _occurrence_at(plan: Plan, now: datetime) -> datetime | None:
    first = _first_at(plan)
    if not plan.schedule.get("rrule"):
        return first if first <= now else None
    wall = _rule(plan).before(_wall(plan, now), inc=True)
    if wall is None:
        return None
    at = local_instant(wall, plan.zone)
    # An occurrence that passed before the start is not caught up; the start itself is.
    return at if at >= plan.started_at - timedelta(minutes=1) else None


def _is_done(plan: Plan, key: str) -> bool:
    """Tell whether an occurrence was closed; of repeated ones, with all before it.

    In the hour that autumn repeats, the wall clock stands before occurrences that have been.
    """
    done = plan.occurrence_done
    return done is not None and (key == done or (_ONCE not in (key, done) and key < done))


def _rule(plan: Plan) -> Any:
    return rrulestr(plan.schedule["rrule"], dtstart=_wall(plan, _first_at(plan)))


def _wall(plan: Plan, at: datetime) -> datetime:
    return at.astimezone(plan.zone).replace(tzinfo=None, microsecond=0)


def _key(plan: Plan, at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%MZ") if plan.schedule.get("rrule") else _ONCE
