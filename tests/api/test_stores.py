"""Stores over the API."""

from flask.testing import FlaskClient

from crm.stores.models import Store
from tests.api.conftest import Program, program


def test_a_connected_store_answers_its_webhook_address_and_its_secret_once(api: Program) -> None:
    made = api.post(
        "/stores",
        name="Tea House",
        platform="standard",
        currency="EUR",
        timezone="Europe/Berlin",
        locale="de",
    )
    assert made["slug"] == "tea-house"
    assert made["webhook_url"].endswith("/webhooks/tea-house")
    assert made["secret"].startswith("whsec_")
    assert made["created_at"] == "2026-11-21T09:00:00Z"
    read = api.get("/stores/tea-house")
    assert "secret" not in read
    assert read == {name: value for name, value in made.items() if name != "secret"}
    assert api.get("/stores") == {"items": [read], "next": None}


def test_a_store_that_cannot_be_connected_is_refused_by_field(api: Program) -> None:
    problem = api.refused(
        "POST",
        "/stores",
        422,
        json={"name": "T", "platform": "nosuch", "currency": "XXQ", "timezone": "Mars/Base"},
    )
    assert {"platform", "currency", "timezone"} <= problem["errors"].keys()


def test_credentials_are_never_given_back(api: Program) -> None:
    made = api.post(
        "/stores",
        name="Woo",
        platform="woocommerce",
        currency="EUR",
        timezone="Europe/Berlin",
        api={"url": "https://shop.example.test", "key": "ck_1", "secret": "cs_hidden"},
    )
    assert made["api_url"] == "https://shop.example.test"
    assert "cs_hidden" not in str(made)
    assert "cs_hidden" not in str(api.get(f"/stores/{made['slug']}"))


def test_only_an_owner_of_every_store_connects_another(
    client: FlaskClient, api: Program, store: Store
) -> None:
    body = {"name": "B", "platform": "standard", "currency": "EUR", "timezone": "Europe/Berlin"}
    for denied in (program(client, "owner", [store]), program(client, "marketer")):
        denied.refused("POST", "/stores", 403, json=body)
    assert len(api.get("/stores")["items"]) == 1


def test_stores_are_listed_in_pages(api: Program) -> None:
    for name in ("C", "A", "B"):
        api.post(
            "/stores", name=name, platform="standard", currency="EUR", timezone="Europe/Berlin"
        )
    first = api.get("/stores", limit=2)
    second = api.get("/stores", limit=2, cursor=first["next"])
    names = [row["name"] for row in first["items"] + second["items"]]
    assert names == ["C", "A", "B"]
    assert second["next"] is None
