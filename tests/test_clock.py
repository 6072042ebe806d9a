"""Business time comes from a file when a test says so, and from the machine otherwise."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crm import clock, config
from crm.config import Settings


def test_business_time_is_the_instant_in_the_clock_file(
    settings: Settings, at: Callable[[str], None]
) -> None:
    at("2027-02-28T23:30:00+08:00\n")
    assert clock.now() == datetime(2027, 2, 28, 15, 30, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_without_a_clock_file_business_time_is_real_time(settings: Settings) -> None:
    config.use(replace(settings, clock_file=None))
    assert abs(clock.now() - clock.real_now()) < timedelta(seconds=5)


def test_a_clock_without_an_offset_is_refused(
    settings: Settings, at: Callable[[str], None]
) -> None:
    at("2027-02-28T23:30:00")
    with pytest.raises(ValueError, match="needs an offset"):
        clock.now()


def test_an_empty_clock_file_is_refused_after_a_moment(settings: Settings) -> None:
    assert settings.clock_file is not None
    Path(settings.clock_file).write_text("")
    with pytest.raises(ValueError, match="is empty"):
        clock.now()
