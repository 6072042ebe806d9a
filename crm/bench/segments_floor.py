"""Eight usual segments as rules, and each as somebody would write it by hand for these tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HERE = "b.store_id = %(store)s AND b.merged_into IS NULL AND b.erased_at IS NULL"
_SENT = "m.state IN ('accepted', 'delivered', 'bounced', 'complained', 'uncertain')"


@dataclass(frozen=True, slots=True)
class Question:
    """A segment twice: as a rule of ours, and as SQL that counts it."""

    rule: Mapping[str, Any]
    sql: str


def _count(where: str) -> str:
    return f"SELECT count(*) FROM buyers b WHERE {_HERE} AND {where}"  # noqa: S608 - ours alone


def _bought(product: str) -> str:
    return (
        "EXISTS (SELECT FROM orders o JOIN order_items i ON i.store_id = %(store)s"
        " AND i.order_id = o.id WHERE o.store_id = %(store)s AND o.buyer_id = b.id AND o.counted"
        f" AND i.product_id = '{product}')"
    )


# The instant of the bench is 2026-12-29 in every zone of the world that matters to it.
QUESTIONS: Mapping[str, Question] = {
    "vip_lapsed": Question(
        {"all": [{"condition": "vip"}, {"condition": "last_order", "days_ago_at_least": 90}]},
        _count("b.vip AND b.last_order_at <= %(now)s - interval '90 days'"),
    ),
    "birthday_week": Question(
        {"condition": "birthday", "within_days": 7},
        _count(
            "(b.birth_calendar <> 'lunar' AND (b.birth_month = 12 AND b.birth_day IN (29, 30, 31)"
            " OR b.birth_month = 1 AND b.birth_day IN (1, 2, 3, 4, 5))"
            " OR b.birth_calendar = 'lunar' AND b.birth_month = 11"
            " AND b.birth_day IN (21, 22, 23, 24, 25, 26, 27, 28))"
        ),
    ),
    "bought_not": Question(
        {
            "all": [
                {"condition": "bought_product", "is": "P7"},
                {"not": {"condition": "bought_product", "is": "P3"}},
            ]
        },
        _count(f"{_bought('P7')} AND NOT {_bought('P3')}"),
    ),
    "last_rating": Question(
        {"condition": "last_rating", "at_most": 2}, _count("b.last_rating <= 2")
    ),
    "tag_city_consent": Question(
        {
            "all": [
                {"condition": "tag", "any_of": ["gift", "wholesale"]},
                {"condition": "city", "any_of": ["Berlin", "Wien"]},
                {"condition": "consent", "status": "granted"},
            ]
        },
        _count(
            "lower(b.city) IN ('berlin', 'wien') AND EXISTS (SELECT FROM tags t"
            " WHERE t.store_id = %(store)s AND t.buyer_id = b.id AND t.tag IN ('gift',"
            " 'wholesale')) AND EXISTS (SELECT FROM consents c WHERE c.store_id = %(store)s"
            " AND c.buyer_id = b.id AND c.channel = 'email' AND c.status = 'granted')"
        ),
    ),
    "rfm": Question(
        {
            "all": [
                {"condition": "rfm", "score": "recency", "at_least": 4},
                {"condition": "rfm", "score": "frequency", "at_least": 4},
                {"condition": "rfm", "score": "monetary", "is": 5},
            ]
        },
        _count(
            "b.orders_count > 0"
            " AND b.last_order_at > (SELECT recency[3] FROM rfm_cuts WHERE store_id = %(store)s)"
            " AND b.orders_count > (SELECT frequency[3] FROM rfm_cuts WHERE store_id = %(store)s)"
            " AND b.spent_minor > (SELECT monetary[4] FROM rfm_cuts WHERE store_id = %(store)s)"
        ),
    ),
    "not_messaged": Question(
        {"not": {"condition": "messaged", "within_days": 14}},
        _count(
            f"NOT EXISTS (SELECT FROM messages m WHERE m.store_id = %(store)s"
            f" AND m.buyer_id = b.id AND {_SENT}"
            " AND coalesce(m.accepted_at, m.claimed_at, m.created_at)"
            " BETWEEN %(now)s - interval '14 days' AND %(now)s)"
        ),
    ),
    "top_spenders": Question(
        {"condition": "top_spenders", "percent": 5},
        "SELECT count(*) FROM (SELECT b.id FROM buyers b"  # noqa: S608 - ours alone
        f" WHERE {_HERE} AND b.orders_count > 0"
        " ORDER BY b.spent_minor DESC, b.last_order_at DESC, b.id LIMIT (SELECT"
        f" (count(*) * 5 + 99) / 100 FROM buyers b WHERE {_HERE} AND b.orders_count > 0)) AS best",
    ),
}
