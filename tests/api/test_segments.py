"""Segments over the API."""

import pytest
from flask.testing import FlaskClient

from crm import db
from crm.segments.nightly import jobs
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


def test_every_part_of_a_rule_has_its_own_count(
    api: Program, store: Store, people: list[str]
) -> None:
    rule = {"all": [VIPS, {"not": {"condition": "city", "is": "Wien"}}]}
    tried = api.post("/segments/preview", store=store.slug, rule=rule)
    assert [(part["place"], part["kind"], part["count"]) for part in tried["parts"]] == [
        ("", "all", 3),
        ("all.0", "condition", 3),
        ("all.1", "not", 4),
        ("all.1.not", "condition", 0),
    ]


def test_a_program_asks_whether_a_buyer_is_in_and_why(
    api: Program, store: Store, people: list[str]
) -> None:
    rule = {"all": [VIPS, {"condition": "order_count", "at_least": 2}]}
    made = api.post("/segments", store=store.slug, name="Best", rule=rule)
    told = api.get(f"/segments/{made['id']}/buyers/{people[0]}")
    assert (told["is_in"], told["segment"], told["buyer"]) == (False, made["id"], people[0])
    assert told["sentence"].startswith("Not in")
    assert [(one["place"], one["holds"], one["decisive"]) for one in told["parts"]] == [
        ("", False, True),
        ("all.0", True, False),
        ("all.1", False, True),
    ]
    assert told["parts"][2]["value"] == "0"
    api.refused("GET", f"/segments/{made['id']}/buyers/999999", 404)


def test_a_segment_within_another_is_told_and_kept_from_harm(api: Program, store: Store) -> None:
    inner = api.post("/segments", store=store.slug, name="VIPs", rule=VIPS)
    rule = {"not": {"segment": inner["id"]}}
    outer = api.post("/segments", store=store.slug, name="Others", rule=rule)
    assert "“VIPs”" in outer["sentence"]
    users = api.get(f"/segments/{inner['id']}/users")["items"]
    assert users == [{"type": "segment", "id": outer["id"], "name": "Others"}]
    api.refused("DELETE", f"/segments/{inner['id']}", 409)
    circle = {"rule": {"segment": outer["id"]}}
    problem = api.refused("PATCH", f"/segments/{inner['id']}", 422, json=circle)
    assert list(problem["errors"]) == ["rule"]


def test_the_counts_of_a_segment_are_listed_by_day(
    api: Program, store: Store, people: list[str]
) -> None:
    made = api.post("/segments", store=store.slug, name="VIPs", rule=VIPS)
    assert api.get(f"/segments/{made['id']}/counts")["items"] == []
    assert jobs.count_segments() == 1
    counted = api.get(f"/segments/{made['id']}/counts", days=7)["items"]
    assert counted == [{"day": "2026-11-21", "count": 3}]
