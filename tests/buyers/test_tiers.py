from datetime import timedelta

import pytest

from crm.buyers import tiers
from crm.buyers.tiers import Figures, classify
from crm.i18n import speaking
from crm.stores.settings import Threshold, TierPolicy
from tests.factories import NOW

LADDER = TierPolicy(
    "thresholds",
    {
        "A": Threshold(100_000, 365),
        "B": Threshold(50_000, 365),
        "C": Threshold(10_000, 365),
        "D": Threshold(10_000, None),
        "E": Threshold(1, None),
    },
    10,
)
PERCENT = TierPolicy("percentiles", {}, 10)
MATRIX = TierPolicy("matrix", {}, 10)


def figures(spent: int, days: int = 0, place: int = 0, ranked: int = 0) -> Figures:
    return Figures(1, spent, NOW - timedelta(days=days), place, ranked)


def tier(policy: TierPolicy, seen: Figures, current: str | None = None) -> str | None:
    return classify(policy, seen, current, NOW).tier


@pytest.mark.parametrize(
    ("spent", "days", "expected"),
    [
        (100_000, 365, "A"),
        (99_999, 0, "B"),
        (50_000, 0, "B"),
        (10_000, 0, "C"),
        (200_000, 366, "D"),
        (9_999, 0, "E"),
        (1, 5000, "E"),
        (0, 0, "F"),
    ],
)
def test_thresholds_are_met_exactly_at_their_bounds(spent: int, days: int, expected: str) -> None:
    assert tier(LADDER, figures(spent, days)) == expected


def test_who_never_bought_has_no_class() -> None:
    verdict = classify(LADDER, Figures(0, 0, None), "A", NOW)
    assert verdict.tier is None
    assert "nothing bought" in tiers.sentence(verdict.reason, "EUR")


@pytest.mark.parametrize(
    ("spent", "days", "expected"),
    [
        (90_000, 0, "A"),
        (89_999, 0, "B"),
        (100_000, 401, "A"),
        (100_000, 402, "D"),
        (44_999, 0, "C"),
    ],
)
def test_a_class_is_kept_within_the_margin(spent: int, days: int, expected: str) -> None:
    assert tier(LADDER, figures(spent, days), current="A") == expected


def test_wandering_within_the_band_flips_a_class_at_most_once() -> None:
    current, changes = "B", 0
    for spent in (95_000, 100_000, 91_000, 104_000, 90_500, 99_000, 100_000):
        drawn = tier(LADDER, figures(spent), current)
        changes += drawn != current
        current = str(drawn)
    assert (current, changes) == ("A", 1)


@pytest.mark.parametrize(
    ("place", "expected"),
    [(1, "A"), (5, "A"), (6, "B"), (20, "B"), (50, "C"), (80, "D"), (81, "E"), (100, "E")],
)
def test_percentiles_draw_by_place(place: int, expected: str) -> None:
    assert tier(PERCENT, figures(500, place=place, ranked=100)) == expected


def test_percentiles_keep_a_class_within_the_margin_and_crown_the_first_of_few() -> None:
    assert tier(PERCENT, figures(500, place=22, ranked=100), current="B") == "B"
    assert tier(PERCENT, figures(500, place=23, ranked=100), current="B") == "C"
    assert tier(PERCENT, figures(500, place=1, ranked=3)) == "A"
    assert tier(PERCENT, figures(0, place=1, ranked=3)) == "F"


@pytest.mark.parametrize(
    ("place", "days", "expected"),
    [
        (1, 10, "A"),
        (40, 10, "C"),
        (90, 10, "B"),
        (10, 200, "D"),
        (90, 200, "E"),
        (10, 900, "D"),
        (40, 900, "E"),
        (90, 900, "F"),
    ],
)
def test_the_matrix_weighs_value_against_recency(place: int, days: int, expected: str) -> None:
    assert tier(MATRIX, figures(500, days, place, 100)) == expected


def test_every_field_of_the_matrix_has_a_class_with_a_name() -> None:
    assert len(tiers.MATRIX) == 9
    assert set(tiers.MATRIX.values()) == set(tiers.NAMES) == set(tiers.CLASSES)
    with speaking("en"):
        assert tiers.name("A") == "keep at any cost"


def test_the_reason_can_be_read() -> None:
    with speaking("en"):
        kept = classify(LADDER, figures(95_000), "A", NOW)
        assert tiers.sentence(kept.reason, "EUR") == (
            "Spent €950.00, last order on Nov 21, 2026."
            " Kept: still within the margin of this class."
        )
        placed = classify(PERCENT, figures(500, place=3, ranked=9), None, NOW)
        assert tiers.sentence(placed.reason, "EUR").endswith("place 3 of 9 buyers.")
