"""Segments over the API."""

import pytest
from flask.testing import FlaskClient

from crm import db
from crm.stores.models import Store
from tests.api.conftest import Program, program
from tests.factories import make_buyer

VIPS = {"condition": "vip", "is": True}


@pytest.fixture
def people(store: Store) -> list[str]:
    """Three VIPs and one who is none, by id."""
    with db.session() as session:
        vips = [make_buyer(session, store, vip=True) for _ in range(3)]
        make_buyer(session, store)
    return [str(buyer.id) for buyer in vips]


def test_every_condition_is_told_with_its_params(api: Program) -> None:
    listed = {row["key"]: row for row in api.get("/segments/conditions")["items"]}
    assert {"order_count", "last_order", "vip", "birthday", "top_spenders"} <= listed.keys()
    assert listed["vip"]["label"]
    assert {param["name"] for param in listed["vip"]["params"]} == {"is"}


def test_a_rule_is_tried_before_it_is_kept(api: Program, store: Store, people: list[str]) -> None:
    tried = api.post("/segments/preview", store=store.slug, rule=VIPS)
    assert tried["count"] == 3
    assert "VIP" in tried["sentence"]
    assert {row["id"] for row in tried["sample"]} == set(people)
    assert tried["sample"][0]["vip"] is True


def test_a_segment_is_kept_changed_and_forgotten(api: Program, store: Store) -> None:
    made = api.post("/segments", store=store.slug, name="VIPs", rule=VIPS)
    assert (made["store"], made["rule"]) == (store.slug, VIPS)
    place = f"/segments/{made['id']}"
    assert api.get(place) == made
    assert api.get("/segments", store=store.slug)["items"] == [made]
    api.refused("POST", "/segments", 409, json={"store": store.slug, "name": "VIPs", "rule": VIPS})
    assert api.patch(place, name="Very important")["rule"] == VIPS
    assert api.call("DELETE", place).status_code == 204
    api.refused("GET", place, 404)


def test_the_buyers_of_a_segment_come_in_pages(
    api: Program, store: Store, people: list[str]
) -> None:
    made = api.post("/segments", store=store.slug, name="VIPs", rule=VIPS)
    first = api.get(f"/segments/{made['id']}/buyers", limit=2)
    rest = api.get(f"/segments/{made['id']}/buyers", limit=2, cursor=first["next"])
    assert [row["id"] for row in first["items"] + rest["items"]] == people
    assert rest["next"] is None


def test_a_rule_that_is_too_deep_or_wrong_is_refused_with_its_place(
    api: Program, store: Store
) -> None:
    deep: object = VIPS
    for _ in range(7):
        deep = {"not": deep}
    problem = api.refused(
        "POST", "/segments/preview", 422, json={"store": store.slug, "rule": deep}
    )
    assert any(place.startswith("rule.not") for place in problem["errors"])
    wrong = {"any": [VIPS, {"condition": "order_count", "at_least": "many"}]}
    problem = api.refused(
        "POST", "/segments/preview", 422, json={"store": store.slug, "rule": wrong}
    )
    assert list(problem["errors"]) == ["rule.any.1.at_least"]


def test_a_segment_of_another_store_is_not_there(
    client: FlaskClient, api: Program, store: Store, other_store: Store
) -> None:
    made = api.post("/segments", store=store.slug, name="VIPs", rule=VIPS)
    stranger = program(client, "owner", [other_store])
    assert stranger.get("/segments")["items"] == []
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/buyers")):
        stranger.refused(method, f"/segments/{made['id']}{path}", 404)
    stranger.refused("PATCH", f"/segments/{made['id']}", 404, json={"name": "Mine"})
    body = {"store": store.slug, "rule": VIPS}
    stranger.refused("POST", "/segments/preview", 422, json=body)


def test_a_seller_tries_rules_but_keeps_none(client: FlaskClient, store: Store) -> None:
    seller = program(client, "seller", [store])
    assert seller.post("/segments/preview", store=store.slug, rule=VIPS)["count"] == 0
    body = {"store": store.slug, "name": "S", "rule": VIPS}
    seller.refused("POST", "/segments", 403, json=body)
