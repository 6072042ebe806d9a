from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from marshmallow import ValidationError

from crm.campaigns.kinds import Plan, promotion

START = datetime(2026, 11, 21, 9, tzinfo=UTC)


def plan(**schedule: Any) -> Plan:
    return Plan(
        store_id=1,
        campaign_id=1,
        zone=ZoneInfo("Europe/Berlin"),
        schedule=schedule,
        started_at=START,
        expires_after=timedelta(hours=72),
        occurrence_done=None,
    )


def closes(asked: Plan, now: datetime) -> str | None:
    due = promotion.due(asked, now)
    return due.closes if due else None


@pytest.mark.parametrize(
    "rrule",
    [
        "DTSTART;TZID=Europe/Berlin:20260101T090000\nRRULE:FREQ=DAILY",
        "DTSTART:20260101T090000Z\nRRULE:FREQ=DAILY",
        "RRULE:FREQ=WEEKLY\nEXDATE:20260105T000000Z",
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=5",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYSECOND=1,2,3",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_a_rule_that_nobody_could_keep_to_is_refused(rrule: str) -> None:
    with pytest.raises(ValidationError) as no:
        promotion.Schedule().load({"rrule": rrule})
    assert list(no.value.messages) == ["rrule"]


@pytest.mark.parametrize(
    "rrule",
    ["FREQ=WEEKLY;BYDAY=SA", "RRULE:FREQ=MONTHLY;BYDAY=-1FR", "FREQ=DAILY;BYHOUR=9;COUNT=3"],
)
def test_a_rule_of_days_weeks_or_months_is_taken(rrule: str) -> None:
    assert promotion.Schedule().load({"rrule": rrule})["rrule"] == rrule


def test_the_hour_that_autumn_repeats_brings_no_earlier_turn_back() -> None:
    first_at = "2026-10-20T02:15:00+02:00"
    daily = replace(
        plan(at=first_at, rrule="FREQ=DAILY"), started_at=datetime(2026, 10, 19, tzinfo=UTC)
    )
    done = replace(daily, occurrence_done=closes(daily, datetime(2026, 10, 25, 0, 20, tzinfo=UTC)))
    assert done.occurrence_done == "2026-10-25T00:15Z"
    # 02:05 on the wall again, an hour and a bit later in truth.
    assert closes(done, datetime(2026, 10, 25, 1, 5, tzinfo=UTC)) is None


def test_without_a_time_it_is_due_at_the_start() -> None:
    assert closes(plan(), START) == "once"


def test_it_is_nobodys_turn_before_its_time() -> None:
    later = plan(at="2026-12-01T10:00:00+01:00")
    assert closes(later, datetime(2026, 12, 1, 8, 59, tzinfo=UTC)) is None
    assert closes(later, datetime(2026, 12, 1, 9, 0, tzinfo=UTC)) == "once"


def test_once_is_over_when_its_audience_is_decided() -> None:
    assert not promotion.is_over(plan(), START)
    decided = replace(plan(), occurrence_done="once")
    assert promotion.due(decided, START) is None
    assert promotion.is_over(decided, START)


def test_a_weekly_rule_keeps_its_wall_clock_across_summer_time() -> None:
    weekly = plan(at="2027-03-20T10:00:00+01:00", rrule="FREQ=WEEKLY")
    before, after = datetime(2027, 3, 27, 9, tzinfo=UTC), datetime(2027, 4, 3, 8, tzinfo=UTC)
    assert closes(weekly, before) == "2027-03-27T09:00Z"
    assert closes(weekly, after - timedelta(minutes=1)) == "2027-03-27T09:00Z"
    assert closes(weekly, after) == "2027-04-03T08:00Z"


def test_an_occurrence_that_passed_before_the_start_is_not_caught_up() -> None:
    daily = plan(at="2026-11-01T08:00:00+01:00", rrule="FREQ=DAILY")
    assert closes(daily, START) is None
    assert closes(daily, START + timedelta(days=1)) == "2026-11-22T07:00Z"


def test_a_rule_with_a_count_ends() -> None:
    twice = plan(at="2026-11-22T10:00:00+01:00", rrule="FREQ=DAILY;COUNT=2")
    last = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert not promotion.is_over(twice, last)
    assert promotion.is_over(replace(twice, occurrence_done="2026-11-23T09:00Z"), last)


@pytest.mark.parametrize(
    "schedule",
    [
        {"at": "2026-12-01T10:00:00"},
        {"at": "0001-01-01T00:00:00+23:59"},
        {"at": "9999-12-31T23:59:59Z"},
        {"rrule": "EVERY DAY"},
    ],
)
def test_a_time_without_offset_and_a_rule_nobody_can_read_are_refused(
    schedule: dict[str, str],
) -> None:
    with pytest.raises(ValidationError):
        promotion.Schedule().load(schedule)
