from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from crm.gates.hours import is_quiet, local_instant, next_allowed
from crm.stores.settings import QuietHours

NIGHT = QuietHours(time(21), time(9), "EU")
NOON = QuietHours(time(12), time(14), "EU")
NEVER = QuietHours(time(8), time(8), "EU")
BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2026-11-21T19:59:59", False),
        ("2026-11-21T20:00:00", True),
        ("2026-11-21T23:30:00", True),
        ("2026-11-22T07:59:59", True),
        ("2026-11-22T08:00:00", False),
    ],
)
def test_a_night_window_is_circular_and_its_end_is_open(at: str, quiet: bool) -> None:
    assert is_quiet(utc(at), BERLIN, NIGHT) is quiet


def test_a_day_window_does_not_wrap() -> None:
    assert is_quiet(utc("2026-11-21T11:30:00"), BERLIN, NOON)
    assert not is_quiet(utc("2026-11-21T22:30:00"), BERLIN, NOON)


def test_equal_ends_mean_no_quiet_hours() -> None:
    assert not is_quiet(utc("2026-11-21T07:00:00"), BERLIN, NEVER)


def test_the_next_allowed_moment_is_the_end_of_the_window_on_the_buyers_clock() -> None:
    assert next_allowed(utc("2026-11-21T22:00:00"), BERLIN, NIGHT) == utc("2026-11-22T08:00:00")
    assert next_allowed(utc("2026-11-21T10:00:00"), BERLIN, NIGHT) == utc("2026-11-21T10:00:00")


def test_the_night_before_summer_time_is_an_hour_shorter() -> None:
    assert next_allowed(utc("2026-03-28T22:00:00"), BERLIN, NIGHT) == utc("2026-03-29T07:00:00")


def test_a_time_skipped_in_spring_becomes_the_first_moment_after_the_gap() -> None:
    assert local_instant(datetime.fromisoformat("2026-03-29T02:30"), BERLIN) == utc(
        "2026-03-29T01:00:00"
    )


def test_a_time_met_twice_in_autumn_is_the_first_of_the_two() -> None:
    assert local_instant(datetime.fromisoformat("2026-10-25T02:30"), BERLIN) == utc(
        "2026-10-25T00:30:00"
    )


def test_the_next_allowed_moment_equals_a_minute_by_minute_search_in_every_zone() -> None:
    windows = [
        NIGHT,
        NOON,
        QuietHours(time(0), time(2, 30), "EU"),
        QuietHours(time(22), time(8), "CN"),
    ]
    for number, name in enumerate(sorted(available_timezones())):
        zone, quiet = ZoneInfo(name), windows[number % len(windows)]
        for start in ("2026-03-28T20:15:00", "2026-10-24T21:45:00"):
            at = utc(start) + timedelta(minutes=number * 7 % 600)
            assert next_allowed(at, zone, quiet) == _searched(at, zone, quiet), name


def _searched(at: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    while is_quiet(at, zone, quiet):
        at += timedelta(minutes=1)
    return at
