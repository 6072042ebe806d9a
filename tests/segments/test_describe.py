import pytest

from crm.i18n import speaking
from crm.segments.describe import sentence
from crm.segments.rule import parse

LOYAL = parse(
    {
        "all": [
            {"condition": "vip"},
            {"condition": "last_order", "days_ago_at_least": 90},
            {"not": {"condition": "messaged", "within_days": 14}},
        ]
    }
)


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
        ({"condition": "country", "is": "at"}, "Buyers who live in Austria"),
        (
            {"condition": "top_spenders", "percent": 5},
            "Buyers who are among the top 5 % of spenders",
        ),
    ],
)
def test_a_rule_is_said_as_one_sentence(rule: object, said: str) -> None:
    assert sentence(parse(rule), "EUR") == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "de",
            "VIP-Kunden, deren letzte Bestellung vor mindestens 90 Tagen war und die nicht zu denen"
            " gehören, (die zuletzt in den letzten 14 Tagen angeschrieben wurden)",
        ),
        (
            "zh-Hans",
            "最近一次下单在至少 90 天前，并且不符合“（最近一次收到消息在最近 14 天内）”的VIP 买家",
        ),
        (
            "zh-Hant",
            "最近一次下單在至少 90 天前，"
            "並且不符合「（最近一次收到訊息在最近 14 天內）」的VIP 買家",
        ),
    ],
)
def test_the_sentence_is_said_in_the_language_of_the_reader(language: str, said: str) -> None:
    with speaking(language):
        assert sentence(LOYAL) == said
