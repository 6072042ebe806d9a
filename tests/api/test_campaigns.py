"""Campaigns over the API."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from crm import clock, db
from crm.campaigns.models import Decision, PastDecision
from crm.stores.models import Store
from tests.api.conftest import Program, program
from tests.factories import make_buyer

MESSAGE = {
    "subject": "Hello {{ buyer.first_name }}",
    "body": "<p>New tea.</p> {{ links.unsubscribe }}",
    "format": "html",
}


@pytest.fixture
def draft(api: Program, store: Store) -> dict[str, Any]:
    """A promotion for the first of December."""
    made: dict[str, Any] = api.post(
        "/campaigns",
        store=store.slug,
        name="Autumn",
        kind="promotion",
        schedule={"at": "2026-12-01T10:00:00+01:00"},
        message=MESSAGE,
        offer={"percent": 20, "valid_days": 14, "minimum": "30.00"},
    )
    return made


def test_a_campaign_starts_as_a_draft_with_its_defaults(
    api: Program, store: Store, draft: dict[str, Any]
) -> None:
    assert draft["state"] == "draft"
    assert draft["store"] == store.slug
    assert (draft["priority"], draft["when_capped"], draft["expires_after_hours"]) == (
        50,
        "defer",
        72,
    )
    assert api.get(f"/campaigns/{draft['id']}") == draft
    assert api.get("/campaigns", store=store.slug) == {"items": [draft], "next": None}


def test_a_campaign_goes_through_its_life(api: Program, draft: dict[str, Any]) -> None:
    place = f"/campaigns/{draft['id']}"
    changed = api.patch(place, name="Late autumn")
    assert (changed["name"], changed["offer"]) == ("Late autumn", draft["offer"])
    assert api.post(f"{place}/start")["state"] == "running"
    api.refused("POST", f"{place}/start", 409)
    api.refused("PATCH", place, 409, json={"name": "Too late"})
    assert api.post(f"{place}/pause")["state"] == "paused"
    assert api.post(f"{place}/resume")["state"] == "running"
    assert api.post(f"{place}/cancel")["state"] == "cancelled"
    api.refused("POST", f"{place}/resume", 409)
    assert api.get("/campaigns", state="cancelled")["items"][0]["id"] == draft["id"]


def test_a_schedule_is_written_in_utc(api: Program, draft: dict[str, Any]) -> None:
    assert draft["schedule"] == {"at": "2026-12-01T09:00:00Z", "rrule": None}
    kept = api.patch(f"/campaigns/{draft['id']}", schedule=draft["schedule"])
    assert kept["schedule"] == draft["schedule"]


def test_a_segment_stays_while_a_campaign_needs_it(
    api: Program, store: Store, draft: dict[str, Any]
) -> None:
    place = f"/campaigns/{draft['id']}"
    kept = api.post("/segments", store=store.slug, name="VIPs", rule={"condition": "vip"})
    api.patch(place, audience={"segment": kept["id"]})
    problem = api.refused("DELETE", f"/segments/{kept['id']}", 409)
    assert "Autumn" in problem["detail"]
    api.post(f"{place}/cancel")
    assert api.call("DELETE", f"/segments/{kept['id']}").status_code == 204


def test_an_audience_names_a_segment_that_is_there(
    api: Program, store: Store, draft: dict[str, Any]
) -> None:
    nobody = {"audience": {"segment": "999"}}
    problem = api.refused("PATCH", f"/campaigns/{draft['id']}", 422, json=nobody)
    assert list(problem["errors"]) == ["audience.segment"]


def test_a_rule_and_a_template_are_refused_at_their_place(api: Program, store: Store) -> None:
    body = {"store": store.slug, "name": "Bad", "kind": "promotion", "message": MESSAGE}
    rule = {
        "all": [{"condition": "vip", "is": True}, {"condition": "order_count", "at_least": "x"}]
    }
    problem = api.refused("POST", "/campaigns", 422, json={**body, "audience": rule})
    assert any(place.startswith("audience.all.1") for place in problem["errors"])
    broken = {**MESSAGE, "body": "{% if %}"}
    problem = api.refused("POST", "/campaigns", 422, json={**body, "message": broken})
    assert "message.body" in problem["errors"]
    problem = api.refused("POST", "/campaigns", 422, json={**body, "colour": "red"})
    assert "colour" in problem["errors"]


def test_a_test_mail_shows_what_a_buyer_would_get(api: Program, draft: dict[str, Any]) -> None:
    trial = api.post(f"/campaigns/{draft['id']}/test", to="me@example.test")
    assert "Hello" in trial["subject"]
    assert "New tea." in trial["text"]
    problem = api.refused("POST", f"/campaigns/{draft['id']}/test", 422, json={"to": "nobody"})
    assert "to" in problem["errors"]


def test_decisions_are_listed_with_their_sentence_and_their_history(
    api: Program, store: Store, draft: dict[str, Any]
) -> None:
    _decide(store, int(draft["id"]))
    place = f"/campaigns/{draft['id']}/decisions"
    current = api.get(place)["items"]
    assert [(row["outcome"], row["reason"]) for row in current] == [
        ("skipped", "open_case"),
        ("send", None),
    ]
    assert current[0]["sentence"].startswith("The buyer has an open case")
    assert current[0]["decided_at"] == "2026-11-21T09:00:00Z"
    assert [row["reason"] for row in api.get(place, outcome="skipped")["items"]] == ["open_case"]
    assert api.get(place, reason="suppressed")["items"] == []
    rows, cursor = [], None
    while True:
        page = api.get(place, history="true", limit=1, **({"cursor": cursor} if cursor else {}))
        rows += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [row["outcome"] for row in rows] == ["skipped", "send", "deferred"]


def test_a_report_counts_what_the_campaign_did(
    api: Program, store: Store, draft: dict[str, Any]
) -> None:
    _decide(store, int(draft["id"]))
    report = api.get(f"/campaigns/{draft['id']}/report")
    assert report["audience"] == 2
    assert report["decisions"] == {"send": 1, "skipped": 1}
    assert report["net_revenue"] == {"amount": "0.00", "currency": "EUR"}


def test_a_campaign_of_another_store_is_not_there(
    client: FlaskClient, other_store: Store, draft: dict[str, Any]
) -> None:
    stranger = program(client, "owner", [other_store])
    place = f"/campaigns/{draft['id']}"
    assert stranger.get("/campaigns")["items"] == []
    for method, path in (
        ("GET", place),
        ("PATCH", place),
        ("GET", f"{place}/decisions"),
        ("GET", f"{place}/report"),
        ("POST", f"{place}/start"),
        ("POST", f"{place}/cancel"),
    ):
        body = {"json": {}} if method != "GET" else {}
        stranger.refused(method, path, 404, **body)


def _decide(store: Store, campaign_id: int) -> None:
    with db.session() as session:
        verdicts = [("send", None), ("skipped", "open_case")]
        for outcome, reason in verdicts:
            buyer = make_buyer(session, store)
            known = {
                "store_id": store.id,
                "campaign_id": campaign_id,
                "occurrence": "once",
                "buyer_id": buyer.id,
                "facts": {},
                "rules_version": "1",
                "decided_at": clock.now(),
            }
            decision = Decision(
                outcome=outcome,
                reason=reason,
                due_at=clock.now(),
                expires_at=clock.now(),
                **known,
            )
            session.add(decision)
            session.flush()
        session.add(
            PastDecision(
                decision_id=decision.id, outcome="deferred", reason="frequency_cap", **known
            )
        )
