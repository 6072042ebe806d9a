from typing import Any

import pytest

from crm.errors import Rejected
from crm.segments.rule import AllOf, Leaf, parse

VIP = {"condition": "vip"}


def faults(document: object, at: str = "") -> dict[str, str]:
    with pytest.raises(Rejected) as refused:
        parse(document, at)
    return refused.value.errors


def nest(levels: int) -> dict[str, Any]:
    return VIP if levels == 0 else {"not": nest(levels - 1)}


def test_a_rule_becomes_a_frozen_tree() -> None:
    rule = parse({"all": [VIP, {"condition": "last_order", "days_ago_at_least": 90}]})
    assert isinstance(rule, AllOf)
    assert rule.rules[1] == Leaf("last_order", {"days_ago_at_least": 90})
    with pytest.raises(TypeError):
        rule.rules[1].params["days_ago_at_least"] = 1  # type: ignore[union-attr,index]


def test_every_mistake_is_told_by_its_place_at_once() -> None:
    told = faults(
        {
            "all": [
                {"condition": "total_spent", "at_least": 1.5},
                {"any": [{"condition": "tag", "any_of": ["tea", 7]}, {"condition": "order_cuont"}]},
                {"condition": "last_order", "within_day": 3},
            ]
        }
    )
    assert set(told) == {
        "all.0.at_least",
        "all.1.any.0.any_of.1",
        "all.1.any.1.condition",
        "all.2.within_day",
        "all.2",
    }
    assert "order_count" in told["all.1.any.1.condition"]
    assert "within_days" in told["all.2.within_day"]


def test_places_start_where_the_rule_lies_in_the_request() -> None:
    assert set(faults({"all": []}, at="audience")) == {"audience.all"}
    assert set(faults("vip", at="rule")) == {"rule"}
    assert set(faults([])) == {"rule"}


def test_six_levels_are_taken_and_a_seventh_is_refused_with_its_place() -> None:
    parse(nest(6))
    assert set(faults(nest(7))) == {"not.not.not.not.not.not"}


def test_fifty_parts_are_taken_and_a_fifty_first_is_refused_with_its_place() -> None:
    parse({"any": [VIP] * 49})
    assert set(faults({"any": [VIP] * 50})) == {"any.49"}
    assert set(faults({"any": [VIP] * 100_000})) == {"any.49"}


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"all": {}},
        {"any": []},
        {"not": []},
        {"all": [VIP], "any": [VIP]},
        {"not": VIP, "why": "because"},
        {"condition": ["vip"]},
        {"condition": "__init__"},
        {"condition": "vip", "is": 1},
        {"condition": "vip", "is": None},
        {"condition": "order_count"},
        {"condition": "order_count", "at_least": True},
        {"condition": "order_count", "at_least": "3"},
        {"condition": "order_count", "at_least": -1},
        {"condition": "order_count", "at_least": 10**12},
        {"condition": "order_count", "at_least": 3, "at_most": 2},
        {"condition": "order_count", "at_least": 3, "is": 3},
        {"condition": "total_spent", "at_least": "1e3"},
        {"condition": "total_spent", "at_least": "NaN"},
        {"condition": "total_spent", "at_least": "-1"},
        {"condition": "last_order", "within_days": 10**6},
        {"condition": "last_order", "within_days": 30, "days_ago_at_least": 90},
        {"condition": "messaged", "is": False, "days_ago_at_least": 14},
        {"condition": "bought_product", "none_of": ["P1"], "days_ago_at_least": 3},
        {"condition": "city", "is": "Berlin", "none_of": ["Wien"]},
        {"condition": "city", "any_of": []},
        {"condition": "city", "any_of": ["Berlin"] * 201},
        {"condition": "city", "is": " "},
        {"condition": "city", "is": "a\x00b"},
        {"condition": "city", "is": "\ud800"},
        {"condition": "city", "is": "x" * 201},
        {"condition": "country", "is": "Germany"},
        {"condition": "tier", "any_of": ["A", "G"]},
        {"condition": "consent", "channel": "email"},
        {"condition": "consent", "status": "maybe"},
        {"condition": "top_spenders"},
        {"condition": "top_spenders", "count": 5, "percent": 5},
        {"condition": "top_spenders", "percent": 101},
        {"condition": "birthday", "within_days": 367},
        {"condition": "order_weekday_hour", "weekdays": [0]},
        {"condition": "order_weekday_hour", "from_hour": 8, "to_hour": 8},
        {"condition": "attribute", "is": "green"},
        {"condition": "attribute", "key": "colour"},
        {"condition": "clicked", "campaign": 3},
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_place_and_a_reason(document: object) -> None:
    told = faults(document)
    assert told
    assert all(place and reason for place, reason in told.items())
