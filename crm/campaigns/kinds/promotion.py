"""A promotion: once at an instant, or again and again by a recurrence rule (RFC 5545)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from babel.dates import format_datetime
from dateutil.rrule import rrulestr
from marshmallow import Schema, ValidationError, fields, validates_schema
from sqlalchemy import BigInteger, DateTime, Text, cast, literal, null, select

from crm.buyers.models import Buyer
from crm.campaigns.kinds import Due, Plan
from crm.gates.hours import local_instant
from crm.i18n import babel_locale, locale, mark
from crm.i18n import gettext as _

LABEL = mark("Promotion")
TRANSACTIONAL = False
TOPIC = "offers"
_AT = DateTime(timezone=True)


class Schedule(Schema):
    """When: `at` an aware instant (absent: at the start), `rrule` for repeating it from there."""

    at = fields.AwareDateTime(format="iso", load_default=None, allow_none=True)
    rrule = fields.String(load_default=None, allow_none=True)

    @validates_schema
    def _readable(self, loaded: dict[str, Any], **_: Any) -> None:
        if loaded.get("rrule"):
            try:
                rrulestr(loaded["rrule"], dtstart=datetime(2026, 1, 1))  # noqa: DTZ001 - wall time
            except (ValueError, KeyError, TypeError) as error:
                raise ValidationError(f"is not a recurrence rule: {error}", "rrule") from None


def due(plan: Plan, now: datetime) -> Due | None:
    """Give every buyer of the store once per occurrence."""
    occurrence_at = _occurrence_at(plan, now)
    if occurrence_at is None:
        return None
    key = _key(plan, occurrence_at)
    if key == plan.occurrence_done:
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
        return coming is None and (last is None or _key(plan, last) == plan.occurrence_done)
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


def _rule(plan: Plan) -> Any:
    return rrulestr(plan.schedule["rrule"], dtstart=_wall(plan, _first_at(plan)))


def _wall(plan: Plan, at: datetime) -> datetime:
    return at.astimezone(plan.zone).replace(tzinfo=None, microsecond=0)


def _key(plan: Plan, at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%MZ") if plan.schedule.get("rrule") else "once"
