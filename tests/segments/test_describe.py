import pytest

from crm.segments.describe import sentence
from crm.segments.rule import parse


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"condition": "vip"}, "VIP buyers"),
        (
            {
                "all": [
                    {"condition": "vip"},
                    {"condition": "last_order", "days_ago_at_least": 90},
                    {"condition": "city", "any_of": ["Berlin", "Wien"]},
                ]
            },
            "VIP buyers whose last order was at least 90 days ago and who live in Berlin or Wien",
        ),
        (
            {
                "all": [
                    {"condition": "total_spent", "at_least": "100"},
                    {
                        "any": [
                            {"condition": "tag", "is": "tea"},
                            {"condition": "country", "none_of": ["DE"]},
                        ]
                    },
                    {"not": {"condition": "messaged", "within_days": 1}},
                ]
            },
            "Buyers who have spent at least €100.00 and (who carry the tag tea or who live in a "
            "country other than Germany) and who are not among those (who were last written to "
            "within the last 1 day)",
        ),
        (
            {"condition": "last_order", "within_days": 90, "days_ago_at_least": 30},
            "Buyers whose last order was between 30 and 90 days ago",
        ),
        (
            {"condition": "order_weekday_hour", "weekdays": [6, 7], "from_hour": 18},
            "Buyers who ordered on Saturday or Sunday between 18:00 and 24:00",
        ),
        (
            {"condition": "top_spenders", "percent": 5},
            "Buyers who are among the top 5 % of spenders",
        ),
    ],
)
def test_a_rule_is_said_as_one_sentence(rule: object, said: str) -> None:
    assert sentence(parse(rule), "EUR") == said
