"""How long a neighbour is left alone: never less than he asks for, never for ever."""

import os

import pytest

from crm import config
from crm.config import Settings
from crm.messages.sending.backoff import Breaker, retry_seconds


@pytest.fixture
def _in_earnest(settings: Settings) -> None:
    """Settings of a real shop, where no test shortens anything."""
    for setting in config.SETTINGS:
        if setting.test_only or setting.name == "CRM_TEST":
            os.environ.pop(setting.name, None)
    config.settings.cache_clear()


@pytest.mark.usefixtures("_in_earnest")
@pytest.mark.parametrize(
    ("attempts", "asked", "least", "most"),
    [
        (1, None, 300, 360),
        (2, None, 600, 720),
        (7, None, 14_400, 17_280),
        (100, None, 14_400, 17_280),
        (1, 1000, 1000, 1200),
        (2, 7, 600, 720),
    ],
)
def test_a_message_waits_longer_every_time(
    attempts: int, asked: float | None, least: float, most: float
) -> None:
    assert least <= retry_seconds(attempts, asked) <= most


def test_in_a_test_no_wait_is_longer_than_ten_sweeps(settings: Settings) -> None:
    assert retry_seconds(9) <= 10 * settings.sweep_seconds


@pytest.mark.usefixtures("_in_earnest")
def test_a_provider_is_left_alone_longer_every_time_until_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1000.0]
    monkeypatch.setattr("crm.messages.sending.backoff.time.monotonic", lambda: now[0])
    breaker = Breaker()
    assert not breaker.is_open()
    pauses = []
    for _ in range(5):
        breaker.trip()
        pauses.append(breaker.open_until - now[0])
        now[0] = breaker.open_until
        assert not breaker.is_open()
        assert breaker.is_careful()
    assert pauses == [60, 300, 900, 3600, 3600]
    breaker.close()
    assert not breaker.is_careful()
