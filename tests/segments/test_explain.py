"""Is she in, and why not: every part judged, with the value that decided."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Tag
from crm.segments.answers.explain import Explanation, because, explain
from crm.segments.nesting import read
from crm.segments.queries import save_segment
from crm.stores.models import Store
from tests.factories import NOW, make_buyer, make_store


@pytest.fixture
def store(session: Session) -> Store:
    return make_store(session)


@pytest.fixture
def anna(session: Session, store: Store) -> Buyer:
    """Bought twice for 80 euros, last 30 days ago, lives in Graz and likes gifts."""
    buyer = make_buyer(
        session, store, city="Graz", orders_count=2, spent_minor=8000,
        last_order_at=NOW - timedelta(days=30),
    )  # fmt: skip
    session.add(Tag(store_id=store.id, buyer_id=buyer.id, tag="gift", actor="t", created_at=NOW))
    session.flush()
    return buyer


def ask(session: Session, store: Store, buyer: Buyer, rule: Any) -> Explanation:
    return explain(session, store, read(session, store, rule), buyer.id, NOW)


def test_the_conditions_that_keep_her_out_are_named_with_their_values(
    session: Session, store: Store, anna: Buyer
) -> None:
    lapsed = {"condition": "last_order", "days_ago_at_least": 90}
    rule = {"all": [{"condition": "total_spent", "at_least": "50"}, lapsed]}
    told = ask(session, store, anna, rule)
    assert (told.is_in, [one.holds for one in told.verdicts]) == (False, [False, True, False])
    assert [one.place for one in told.reasons] == ["all.1"]
    assert because(told).startswith("Not in, because of: Buyers whose last order was at least 90")
    assert "30 days ago" in because(told)
    assert told.verdicts[1].value == "€80.00"


def test_what_made_an_any_true_decides_and_the_rest_does_not(
    session: Session, store: Store, anna: Buyer
) -> None:
    parts = [{"condition": "city", "is": "Wien"}, {"condition": "tag", "is": "gift"}]
    told = ask(session, store, anna, {"any": parts})
    assert told.is_in
    assert [(one.place, one.value) for one in told.reasons] == [("any.1", "gift")]
    turned = ask(session, store, anna, {"not": {"any": parts}})
    assert (turned.is_in, [one.place for one in turned.reasons]) == (False, ["not.any.1"])


def test_the_parts_of_a_used_segment_are_judged_as_well(
    session: Session, store: Store, anna: Buyer
) -> None:
    inner = save_segment(session, store, "In Wien", {"condition": "city", "is": "Wien"}, NOW)
    told = ask(session, store, anna, {"segment": str(inner.id)})
    assert [(one.place, one.kind, one.value) for one in told.verdicts] == [
        ("", "segment", None),
        ("segment", "condition", "Graz"),
    ]
    assert "In Wien" in told.verdicts[0].sentence


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ({"condition": "order_count", "at_least": 1}, "2"),
        ({"condition": "average_order", "at_least": "1"}, "€40.00"),
        ({"condition": "top_spenders", "count": 1}, "1"),
        ({"condition": "messaged"}, "never"),
        ({"condition": "consent", "status": "granted"}, "never decided"),
        ({"condition": "country", "is": "AT"}, "unknown"),
        ({"condition": "open_case"}, "none"),
        ({"condition": "vip"}, "no"),
        ({"condition": "rfm", "score": "recency", "is": 1}, "unknown"),
        ({"condition": "attribute", "key": "shoe", "known": True}, "unknown"),
    ],
)
def test_every_kind_of_value_is_said(
    session: Session, store: Store, anna: Buyer, rule: Any, value: str
) -> None:
    assert ask(session, store, anna, rule).verdicts[0].value == value


def test_somebody_erased_is_in_no_segment_whatever_the_rule_says(
    session: Session, store: Store, anna: Buyer
) -> None:
    anna.erased_at = NOW
    session.flush()
    told = ask(session, store, anna, {"condition": "city", "is": "Graz"})
    assert (told.is_in, told.verdicts[0].holds) == (False, True)
    assert "erased" in because(told)
