"""Names, dates, money and shares as the reader writes them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from crm.i18n import speaking
from crm.panel import words

NOON = datetime(2026, 11, 21, 11, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "21 Nov 2026, 11:05"),
        ("de", "21.11.2026, 11:05"),
        ("zh-Hans", "2026年11月21日 11:05"),
        ("zh-Hant", "2026年11月21日 11:05"),
    ],
)
def test_a_moment_is_written_as_the_reader_writes_it(app: Flask, language: str, told: str) -> None:
    with app.app_context(), speaking(language):
        assert words.moment(NOON) == told


@pytest.mark.parametrize(
    ("first", "last", "told", "letters"),
    [
        ("Ada", "Brew", "Ada Brew", "AB"),
        ("小明", "王", "王小明", "小明"),
        ("Wei", "王", "Wei 王", "W"),
        (None, "Brew", "Brew", "B"),
        (None, None, "Unnamed buyer", "UB"),
        ("", "", "Unnamed buyer", "UB"),
    ],
)
def test_a_name_is_written_in_the_order_of_its_script(
    first: str | None, last: str | None, told: str, letters: str
) -> None:
    assert words.person(first, last) == told
    assert words.initials(told) == letters


def test_what_is_near_is_told_by_its_distance_and_what_is_far_by_its_day(app: Flask) -> None:
    with app.app_context():
        now = datetime.now(UTC)
        assert "just now" in words.when(now)
        assert "2 hours ago" in words.when(now - timedelta(hours=2))
        assert "in 3 days" in words.when(now + timedelta(days=3, seconds=5))
        assert "21 Nov 2020" in words.when(datetime(2020, 11, 21, tzinfo=UTC))
        assert "–" in words.when(None)


def test_a_birthday_is_written_with_or_without_its_year() -> None:
    assert words.month_day(2, 29) == "29 February"
    assert words.month_day(2, 28, 1990) == "28 February 1990"
    with speaking("zh-Hans"):
        assert words.month_day(2, 29) == "2月29日"


def test_shares_and_amounts_are_exact() -> None:
    assert words.share(1, 3) == "33.3 %"
    assert words.share(0, 0) == "–"
    assert words.money(123456, "EUR") == "€1,234.56"
    assert words.plain_amount(1250, "JPY") == "1250"
    assert words.day(date(2026, 2, 28)) == "28 Feb 2026"
