"""Buyers over the API."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm import clock, db
from crm.buyers import rollups
from crm.buyers.consent import Decision, record_consent
from crm.buyers.models import Buyer
from crm.campaigns.models import Campaign
from crm.campaigns.models import Decision as Verdict
from crm.stores.models import Store
from tests.api.conftest import Program, program
from tests.factories import make_buyer, make_order


@pytest.fixture
def ada(store: Store) -> Buyer:
    """Ada, who bought twice."""
    with db.session() as session:
        buyer = make_buyer(
            session,
            store,
            email="ada@example.test",
            phone="+4930123456",
            external_id="77",
            city="Berlin",
            country="DE",
            birth_month=2,
            birth_day=29,
        )
        make_order(session, store, buyer, refunded_minor=1000)
        placed = {"placed_at": clock.now() - timedelta(days=3)}
        make_order(session, store, buyer, total_minor=1000, **placed)
        rollups.refresh(session, store, [buyer.id], clock.now())
        session.flush()
        session.refresh(buyer)
    return buyer


def test_a_buyer_is_told_in_every_part(api: Program, store: Store, ada: Buyer) -> None:
    told = api.get(f"/buyers/{ada.id}")
    assert told["id"] == str(ada.id)
    assert told["store"] == store.slug
    assert told["external_ids"] == ["77"]
    assert (told["name"], told["birthday"], told["city"]) == ("Ada Brew", "--02-29", "Berlin")
    assert told["stats"] == {
        "orders": 2,
        "spent": {"amount": "59.90", "currency": "EUR"},
        "refunded": {"amount": "10.00", "currency": "EUR"},
        "average_order": {"amount": "29.95", "currency": "EUR"},
        "first_order_at": "2026-11-11T09:00:00Z",
        "last_order_at": "2026-11-18T09:00:00Z",
        "last_rating": None,
        "last_score": None,
        "open_cases": 0,
    }
    unscored = dict.fromkeys(("recency", "frequency", "monetary"))
    spent = told["stats"]["spent"]
    raw = {"recency": 3, "frequency": 2, "monetary": spent}
    assert told["rfm"] == {"scores": unscored, **raw}
    assert told["tier"].keys() == {"class", "reason", "since"}
    assert told["tier"]["class"] is not None
    assert "€" in told["tier"]["reason"]
    assert 0 < told["completeness"] < 100
    assert (told["tags"], told["vip"]) == ([], False)
    never = {"status": "none", "basis": None, "source": None, "at": None}
    assert told["consents"] == {"email": never, "sms": never}


def test_buyers_are_found_by_every_filter(api: Program, store: Store, ada: Buyer) -> None:
    with db.session() as session:
        make_buyer(session, store, first_name="Bo", last_name="Leaf")
    api.put(f"/buyers/{ada.id}/tags", {"tags": ["oolong"]})
    api.put(f"/buyers/{ada.id}/vip", {"vip": True, "reason": "she sings"})
    segment = api.post(
        "/segments", store=store.slug, name="VIPs", rule={"condition": "vip", "is": True}
    )
    tier = api.get(f"/buyers/{ada.id}")["tier"]["class"]
    for query in (
        {"email": "ADA@example.test"},
        {"phone": "+49 30 123456"},
        {"phone": "030 123456", "store": store.slug},
        {"external_id": "77"},
        {"q": "ada br"},
        {"tier": tier},
        {"tag": "oolong"},
        {"vip": "true"},
        {"segment": segment["id"]},
        {"store": store.slug, "q": "ada", "vip": "true", "segment": segment["id"]},
    ):
        found = api.get("/buyers", **query)["items"]
        assert [row["id"] for row in found] == [str(ada.id)], query
    assert api.get("/buyers", email="bo@nowhere.test")["items"] == []
    assert len(api.get("/buyers", store=store.slug)["items"]) == 2


def test_buyers_come_in_pages_without_a_gap(api: Program, store: Store) -> None:
    with db.session() as session:
        ids = [str(make_buyer(session, store).id) for _ in range(5)]
    rows, cursor = [], None
    while True:
        page = api.get("/buyers", limit=2, **({"cursor": cursor} if cursor else {}))
        rows += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert rows == ids[::-1]


@pytest.mark.parametrize(
    "query", [{"limit": "201"}, {"limit": "0"}, {"cursor": "%%%"}, {"who": "x"}]
)
def test_a_page_that_cannot_be_had_is_refused_by_name(api: Program, query: dict[str, str]) -> None:
    problem = api.refused("GET", "/buyers", 422, query_string=query)
    assert problem["errors"].keys() == query.keys()


def test_what_is_corrected_by_hand_is_checked_by_field(api: Program, ada: Buyer) -> None:
    place = f"/buyers/{ada.id}"
    told = api.patch(
        place,
        name="Ada Lovelace",
        birthday="1990-12-10",
        occupation="engineer",
        timezone="Europe/London",
        attributes={"tea": "green", "cups": 3},
        tags=["b", "a"],
        vip=True,
    )
    assert (told["first_name"], told["last_name"]) == ("Ada", "Lovelace")
    assert (told["birthday"], told["occupation"]) == ("1990-12-10", "engineer")
    assert told["attributes"] == {"tea": "green", "cups": 3}
    assert (told["tags"], told["vip"]) == (["a", "b"], True)
    assert api.patch(place, occupation=None)["occupation"] is None
    bad = {"email": "nobody", "birthday": "1990-13-01", "country": "XX", "timezone": "Mars/Base"}
    problem = api.refused("PATCH", place, 422, json=bad)
    assert problem["errors"].keys() <= bad.keys()
    problem = api.refused("PATCH", place, 422, json={"stats": {"orders": 9}, "id": "1"})
    assert problem["errors"].keys() == {"stats", "id"}
    assert api.get(place)["stats"]["orders"] == 2


def test_an_address_of_somebody_else_is_a_conflict(api: Program, store: Store, ada: Buyer) -> None:
    with db.session() as session:
        make_buyer(session, store, email="bo@example.test")
    api.refused("PATCH", f"/buyers/{ada.id}", 409, json={"email": "bo@example.test"})


def test_a_note_carries_its_author(api: Program, ada: Buyer) -> None:
    note = api.post(f"/buyers/{ada.id}/notes", text="Likes oolong", pinned=True)
    assert (note["text"], note["pinned"], note["buyer"]) == ("Likes oolong", True, str(ada.id))
    assert note["author"] == "key a owner"
    api.refused("POST", f"/buyers/{ada.id}/notes", 422, json={"text": "  "})


def test_after_a_withdrawal_only_proof_grants_again(api: Program, ada: Buyer) -> None:
    place = f"/buyers/{ada.id}/consents"
    granted = api.post(place, channel="email", status="granted", source="phone call")
    assert granted["consents"]["email"]["status"] == "granted"
    withdrawn = api.post(place, channel="email", status="withdrawn", source="phone call")
    assert withdrawn["consents"]["email"] == {
        "status": "withdrawn",
        "basis": "consent",
        "source": "phone call",
        "at": "2026-11-21T09:00:00Z",
    }
    again = {"channel": "email", "status": "granted", "source": "form"}
    problem = api.refused("POST", place, 422, json=again)
    assert "proof" in problem["errors"]
    proven = api.post(place, **again, proof="signed form 17")
    assert proven["consents"]["email"]["status"] == "granted"


def test_two_who_are_one_are_merged_and_parted(api: Program, store: Store, ada: Buyer) -> None:
    with db.session() as session:
        twin = make_buyer(session, store, external_id="78")
    merged = api.post(f"/buyers/{ada.id}/merge", other=str(twin.id))
    assert merged["external_ids"] == ["77", "78"]
    assert api.get(f"/buyers/{twin.id}")["id"] == str(ada.id)
    assert len(api.get("/buyers")["items"]) == 1
    parted = api.post(f"/buyers/{ada.id}/unmerge")
    assert (parted["id"], parted["external_ids"]) == (str(twin.id), ["78"])
    api.refused("POST", f"/buyers/{ada.id}/unmerge", 409)
    api.refused("POST", f"/buyers/{ada.id}/merge", 409, json={"other": str(ada.id)})
    api.refused("POST", f"/buyers/{ada.id}/merge", 422, json={"other": "999999"})


def test_every_campaign_that_considered_her_is_listed(
    api: Program, store: Store, ada: Buyer
) -> None:
    now = clock.now()
    with db.session() as session:
        campaign = Campaign(
            store_id=store.id,
            name="C",
            kind="promotion",
            message={},
            created_at=now,
            updated_at=now,
        )
        session.add(campaign)
        session.flush()
        session.add(
            Verdict(
                store_id=store.id,
                campaign_id=campaign.id,
                occurrence="once",
                buyer_id=ada.id,
                outcome="skipped",
                reason="no_consent",
                facts={},
                rules_version="1",
                due_at=now,
                expires_at=now,
                decided_at=now,
            )
        )
    rows = api.get(f"/buyers/{ada.id}/decisions")["items"]
    assert [(row["campaign"], row["reason"]) for row in rows] == [(str(campaign.id), "no_consent")]
    assert rows[0]["sentence"] == "The buyer has not agreed to messages on this channel."


def test_a_buyer_of_another_store_is_neither_seen_nor_touched(
    client: FlaskClient, store: Store, other_store: Store, ada: Buyer
) -> None:
    stranger = program(client, "owner", [other_store])
    assert stranger.get("/buyers")["items"] == []
    bodies: dict[str, dict[str, Any]] = {
        "PATCH ": {"city": "Rome"},
        "POST /notes": {"text": "x"},
        "PUT /tags": {"tags": []},
        "PUT /vip": {"vip": True},
        "POST /consents": {"channel": "email", "status": "withdrawn", "source": "x"},
        "POST /merge": {"other": "1"},
        "POST /unmerge": {},
    }
    for rule, body in bodies.items():
        method, _, path = rule.partition(" ")
        stranger.refused(method, f"/buyers/{ada.id}{path}", 404, json=body)
    for path in ("", "/decisions", "/timeline"):
        stranger.refused("GET", f"/buyers/{ada.id}{path}", 404)


def test_a_viewer_looks_but_does_not_touch(client: FlaskClient, store: Store, ada: Buyer) -> None:
    viewer = program(client, "viewer", [store])
    assert viewer.get(f"/buyers/{ada.id}")["email"] == "ada@example.test"
    viewer.refused("PATCH", f"/buyers/{ada.id}", 403, json={"city": "Rome"})
    viewer.refused("PUT", f"/buyers/{ada.id}/tags", 403, json={"tags": []})


def test_a_storefronts_own_word_shows_its_source(api: Program, store: Store, ada: Buyer) -> None:
    with db.session() as session:
        implied = Decision("email", "granted", "storefront", clock.now() - timedelta(days=9))
        buyer = session.get_one(Buyer, (store.id, ada.id))
        assert record_consent(session, store, buyer, implied, clock.now())
    shown = api.get(f"/buyers/{ada.id}")["consents"]["email"]
    assert (shown["source"], shown["at"]) == ("storefront", "2026-11-12T09:00:00Z")


def test_what_happened_comes_newest_first_in_pages_and_in_words(
    api: Program, store: Store, ada: Buyer
) -> None:
    api.post(f"/buyers/{ada.id}/notes", text="Likes oolong")
    api.put(f"/buyers/{ada.id}/vip", {"vip": True, "reason": "she sings"})
    api.post(f"/buyers/{ada.id}/consents", channel="email", status="granted", source="phone")
    rows, cursor = [], None
    while True:
        page = api.get(
            f"/buyers/{ada.id}/timeline", limit=2, **({"cursor": cursor} if cursor else {})
        )
        rows += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    assert len({(row["kind"], row["id"]) for row in rows}) == len(rows)
    kinds = [row["kind"] for row in rows]
    assert {"note", "order", "consent"} <= set(kinds)
    assert kinds.count("order") == 2
    assert all(row["words"] for row in rows)
    problem = api.refused(
        "GET", f"/buyers/{ada.id}/timeline", 422, query_string={"cursor": "WyJ4Il0"}
    )
    assert "cursor" in problem["errors"]


def test_a_lunar_birthday_is_set_and_stays_lunar(api: Program, store: Store) -> None:
    with db.session() as session:
        buyer = make_buyer(session, store)
        session.flush()
        place = f"/buyers/{buyer.id}"
    told = api.patch(place, birthday="1990-08-15", birthday_calendar="lunar")
    assert (told["birthday"], told["birthday_calendar"]) == ("1990-08-15", "lunar")
    assert api.patch(place, birthday="1990-08-16")["birthday_calendar"] == "lunar"
    assert api.patch(place, birthday_calendar="solar")["birthday"] == "1990-08-16"
    api.refused("PATCH", place, 422, json={"birthday_calendar": "martian"})
