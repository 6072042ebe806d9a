from datetime import date

from crm.segments.birthdays import lunar_days, solar_days


def test_a_span_runs_across_the_end_of_the_year() -> None:
    assert solar_days(date(2026, 12, 30), 3) == {(12, 30), (12, 31), (1, 1), (1, 2)}


def test_the_29th_of_february_is_kept_on_the_28th_in_common_years_only() -> None:
    assert solar_days(date(2027, 2, 28), 0) == {(2, 28), (2, 29)}
    assert solar_days(date(2028, 2, 28), 0) == {(2, 28)}
    assert solar_days(date(2028, 2, 29), 0) == {(2, 29)}


def test_lunar_new_year_2027_is_the_6th_of_february() -> None:
    assert lunar_days(date(2027, 2, 6), 0) == {(1, 1)}


def test_a_leap_month_repeats_no_birthday() -> None:
    # The sixth month of 2025 came twice: from 25 June, and as a leap month from 25 July.
    assert lunar_days(date(2025, 6, 25), 0) == {(6, 1)}
    assert lunar_days(date(2025, 7, 25), 0) == set()
    assert (6, 1) in lunar_days(date(2025, 6, 20), 10)


def test_the_30th_is_kept_on_the_29th_when_the_lunar_month_ends_there() -> None:
    # The second lunar month of 2025 ended on its 29th, 28 March.
    assert lunar_days(date(2025, 3, 28), 0) == {(2, 29), (2, 30)}
    assert lunar_days(date(2025, 3, 29), 0) == {(3, 1)}


def test_a_whole_year_holds_every_birthday() -> None:
    every = {(month, day) for month in range(1, 13) for day in range(1, 31)}
    # With its leap month the lunar year 2025 ran from 29 January for 384 days.
    assert every <= lunar_days(date(2025, 1, 29), 383)
    assert (2, 29) in solar_days(date(2025, 3, 1), 365)
