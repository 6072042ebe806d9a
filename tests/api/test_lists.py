"""Coupons, surveys, reviews and messages over the API."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm import clock, db
from crm.buyers.models import Buyer, Review
from crm.coupons.models import Coupon, Redemption
from crm.messages.models import Message
from crm.stores.models import Store
from crm.surveys.models import Response, Survey
from tests.api.conftest import Program, program
from tests.factories import make_buyer, make_order


@pytest.fixture
def ada(store: Store) -> Buyer:
    """A buyer."""
    with db.session() as session:
        return make_buyer(session, store, email="ada@example.test")


def test_a_coupon_names_the_order_that_redeemed_it_and_its_cost(
    api: Program, store: Store, ada: Buyer
) -> None:
    with db.session() as session:
        order = make_order(session, store, ada)
        used, fresh = _coupon(store, ada, "TEA1", "redeemed"), _coupon(store, ada, "TEA2", "live")
        session.add_all([used, fresh])
        session.flush()
        session.add(
            Redemption(
                store_id=store.id,
                coupon_id=used.id,
                order_id=order.id,
                cost_minor=599,
                redeemed_at=clock.now(),
            )
        )
    newest, oldest = api.get("/coupons", campaign="7", buyer=str(ada.id))["items"]
    assert (newest["code"], newest["state"], newest["order"], newest["cost"]) == (
        "TEA2",
        "live",
        None,
        None,
    )
    assert (oldest["order"], oldest["redeemed_at"]) == (str(order.id), "2026-11-21T09:00:00Z")
    assert oldest["cost"] == {"amount": "5.99", "currency": "EUR"}
    assert oldest["minimum"] == {"amount": "30.00", "currency": "EUR"}
    assert (oldest["alarm"], oldest["expires_on"]) == (None, "2026-12-05")
    assert [row["code"] for row in api.get("/coupons", state="live")["items"]] == ["TEA2"]
    assert api.get("/coupons", alarm="true")["items"] == []


def test_a_survey_counts_its_answers_and_lists_them(api: Program, store: Store, ada: Buyer) -> None:
    now = clock.now()
    with db.session() as session:
        survey = Survey(store_id=store.id, campaign_id=7, name="After tea", created_at=now)
        session.add(survey)
        session.flush()
        for message_id, score in ((1, 5), (2, 2)):
            session.add(
                Response(
                    store_id=store.id,
                    survey_id=survey.id,
                    message_id=message_id,
                    buyer_id=ada.id,
                    score=score,
                    best="The smell" if score == 5 else None,
                    answered_at=now,
                )
            )
    (listed,) = api.get("/surveys", store=store.slug)["items"]
    assert (listed["answers"], listed["average"], listed["low"]) == (2, 3.5, 1)
    assert listed["questions"]["score"]
    page = api.get(f"/surveys/{listed['id']}/responses", limit=1)
    assert page["items"][0]["score"] == 2
    (first,) = api.get(f"/surveys/{listed['id']}/responses", cursor=page["next"])["items"]
    assert (first["buyer"], first["best"], first["message"]) == (str(ada.id), "The smell", "1")


def test_reviews_that_still_stand_are_listed(api: Program, store: Store, ada: Buyer) -> None:
    with db.session() as session:
        session.add_all(_review(store, ada, number) for number in (1, 2, 5))
        session.add(_review(store, ada, 4, deleted_at=clock.now()))
    assert [row["rating"] for row in api.get("/reviews")["items"]] == [5, 2, 1]
    (bad,) = api.get("/reviews", rating=1, buyer=str(ada.id), store=store.slug)["items"]
    assert (bad["external_id"], bad["buyer"], bad["body"]) == ("R1", str(ada.id), "Hm.")


def test_a_message_is_read_with_its_letter_and_its_doubt_is_ended(
    api: Program, store: Store, ada: Buyer
) -> None:
    sent, doubtful = _messages(store, ada)
    assert [row["id"] for row in api.get("/messages", buyer=str(ada.id))["items"]] == [
        doubtful,
        sent,
    ]
    assert [row["id"] for row in api.get("/messages", state="uncertain")["items"]] == [doubtful]
    read = api.get(f"/messages/{sent}")
    assert (read["html"], read["text"], read["subject"]) == ("<p>Tea</p>", "Tea", "Hello")
    assert read["deliveries"] == []
    place = f"/messages/{doubtful}/resolve"
    assert "outcome" in api.refused("POST", place, 422, json={"outcome": "perhaps"})["errors"]
    assert api.post(place, outcome="delivered")["state"] == "delivered"
    api.refused("POST", place, 409, json={"outcome": "delivered"})


def test_nothing_of_another_store_is_listed_or_read(
    client: FlaskClient, store: Store, other_store: Store, ada: Buyer
) -> None:
    sent, doubtful = _messages(store, ada)
    with db.session() as session:
        session.add_all([_review(store, ada, 3), _coupon(store, ada, "TEA1", "live")])
        survey = Survey(store_id=store.id, campaign_id=7, name="S", created_at=clock.now())
        session.add(survey)
    stranger = program(client, "owner", [other_store])
    for path in ("/messages", "/coupons", "/surveys", "/reviews"):
        assert stranger.get(path)["items"] == [], path
        stranger.refused("GET", path, 422, query_string={"store": store.slug})
    stranger.refused("GET", f"/messages/{sent}", 404)
    stranger.refused("POST", f"/messages/{doubtful}/resolve", 404, json={"outcome": "delivered"})
    stranger.refused("GET", f"/surveys/{survey.id}/responses", 404)


def _coupon(store: Store, buyer: Buyer, code: str, state: str) -> Coupon:
    return Coupon(
        store_id=store.id,
        code=code,
        campaign_id=7,
        occurrence=code,
        buyer_id=buyer.id,
        percent=10,
        minimum_minor=3000,
        currency="EUR",
        state=state,
        expires_at=clock.now() + timedelta(days=14),
        expires_on=date(2026, 12, 5),
        issued_at=clock.now(),
    )


def _review(store: Store, buyer: Buyer, rating: int, **changes: Any) -> Review:
    now = clock.now()
    return Review(
        store_id=store.id,
        external_id=f"R{rating}",
        buyer_id=buyer.id,
        rating=rating,
        title="Tea",
        body="Hm.",
        posted_at=now,
        version_at=now,
        version_rank=1,
        version_digest="",
        created_at=now,
        **changes,
    )


def _messages(store: Store, buyer: Buyer) -> list[str]:
    now = clock.now()
    known = {
        "store_id": store.id,
        "buyer_id": buyer.id,
        "campaign_id": None,
        "kind": "promotion",
        "channel": "email",
        "message_class": "marketing",
        "recipient": "hash",
        "not_before": now,
        "expires_at": now + timedelta(days=3),
        "created_at": now,
        "claimed_at": now,
        "subject": "Hello",
        "html": "<p>Tea</p>",
        "text": "Tea",
        "content": {"subject": "Hello", "body": "Tea", "format": "text"},
    }
    with db.session() as session:
        rows = [
            Message(occurrence=state, state=state, **known) for state in ("accepted", "uncertain")
        ]
        session.add_all(rows)
        session.flush()
        return [str(row.id) for row in rows]
