"""Cases over the API."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from crm import db
from crm.buyers.models import Buyer
from crm.stores.models import Store
from tests.api.conftest import Program, program
from tests.factories import make_buyer, make_order


@pytest.fixture
def ada(store: Store) -> Buyer:
    """A buyer."""
    with db.session() as session:
        return make_buyer(session, store)


@pytest.fixture
def case(api: Program, store: Store, ada: Buyer) -> dict[str, Any]:
    """Ada's broken cup."""
    with db.session() as session:
        order = make_order(session, store, ada)
    made: dict[str, Any] = api.post(
        "/cases",
        buyer=str(ada.id),
        type="complaint",
        title="Broken cup",
        text="It came in pieces.",
        order=str(order.id),
        responsibility="carrier",
    )
    assert made["order"] == str(order.id)
    return made


def test_a_case_mutes_its_buyer_from_the_first_moment(
    api: Program, ada: Buyer, case: dict[str, Any]
) -> None:
    assert (case["state"], case["buyer"], case["opened_by"]) == ("open", str(ada.id), "key a owner")
    assert case["due_at"] > case["opened_at"]
    assert case["cost"] == {"amount": "0.00", "currency": "EUR"}
    assert api.get(f"/buyers/{ada.id}")["stats"]["open_cases"] == 1


def test_steps_are_written_into_the_case(api: Program, case: dict[str, Any]) -> None:
    place = f"/cases/{case['id']}"
    step = api.post(f"{place}/steps", kind="contact", text="Called her", channel="phone")
    assert (step["kind"], step["text"], step["actor"]) == ("contact", "Called her", "key a owner")
    read = api.get(place)
    assert [row["id"] for row in read["steps"]] == [step["id"]]
    assert read["first_answer_at"] == "2026-11-21T09:00:00Z"
    problem = api.refused("POST", f"{place}/steps", 422, json={"kind": "promise", "text": "Soon"})
    assert "due_at" in problem["errors"]


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_closing_needs_the_buyers_verdict_or_a_reason(
    api: Program, ada: Buyer, case: dict[str, Any], method: str
) -> None:
    place = f"/cases/{case['id']}"
    api.refused(method, place, 422, json={"state": "closed"})
    answer = api.call(method, place, json={"state": "closed", "verdict": "satisfied"})
    closed = answer.get_json()
    assert (closed["state"], closed["verdict"]) == ("closed", "satisfied")
    assert closed["closed_at"] == "2026-11-21T09:00:00Z"
    assert api.get(f"/buyers/{ada.id}")["stats"]["open_cases"] == 0
    api.refused("POST", f"{place}/steps", 409, json={"kind": "contact", "text": "Again"})


def test_what_a_case_cost_is_kept_exactly(api: Program, case: dict[str, Any]) -> None:
    changed = api.patch(f"/cases/{case['id']}", cost="12.50", assignee="Bo", cause=None)
    assert changed["cost"] == {"amount": "12.50", "currency": "EUR"}
    again = api.patch(f"/cases/{case['id']}", cost={"amount": "13.00", "currency": "EUR"})
    assert again["cost"] == {"amount": "13.00", "currency": "EUR"}
    api.refused("PATCH", f"/cases/{case['id']}", 422, json={"cost": "-1"})
    for wrong in ({"amount": "1.00", "currency": "USD"}, {"amount": "1.00"}, [1]):
        api.refused("PATCH", f"/cases/{case['id']}", 422, json={"cost": wrong})
    api.refused("PATCH", f"/cases/{case['id']}", 422, json={"cost": 12.5})


def test_cases_are_found_by_what_they_are(api: Program, ada: Buyer, case: dict[str, Any]) -> None:
    other = api.post("/cases", buyer=str(ada.id), type="question", title="When?")
    for query, expected in (
        ({}, [other["id"], case["id"]]),
        ({"type": "complaint"}, [case["id"]]),
        ({"buyer": str(ada.id), "state": "open"}, [other["id"], case["id"]]),
        ({"open": "false"}, []),
        ({"overdue": "true"}, []),
        ({"store": case["store"], "limit": 1}, [other["id"]]),
    ):
        assert [row["id"] for row in api.get("/cases", **query)["items"]] == expected, query


def test_a_case_needs_a_buyer_within_reach(
    client: FlaskClient, api: Program, other_store: Store, ada: Buyer, case: dict[str, Any]
) -> None:
    body = {"buyer": "999999", "type": "question", "title": "Who?"}
    assert "buyer" in api.refused("POST", "/cases", 422, json=body)["errors"]
    stranger = program(client, "owner", [other_store])
    body["buyer"] = str(ada.id)
    assert "buyer" in stranger.refused("POST", "/cases", 422, json=body)["errors"]
    stranger.refused("GET", f"/cases/{case['id']}", 404)
    stranger.refused("PATCH", f"/cases/{case['id']}", 404, json={"title": "Mine"})
    stranger.refused("POST", f"/cases/{case['id']}/steps", 404, json={"kind": "note", "text": "x"})
    assert stranger.get("/cases")["items"] == []
