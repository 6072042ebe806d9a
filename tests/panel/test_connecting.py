"""Connecting: the platform first, then only what it needs, and what is left to do."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from crm import db
from crm.panel.guides import find_guide, option_words
from crm.storefronts import get_storefront, platforms
from crm.stores.access import api_access
from crm.stores.apps import get_app, list_apps
from crm.stores.models import Store
from crm.stores.queries import get_store
from crm.stores.secrets import live_secrets
from crm.webhooks.inbox import Delivery, keep
from tests.factories import NOW
from tests.fakes.woocommerce import KEY, SECRET
from tests.panel.conftest import Reader
from tests.panel.pages import Page
from tests.panel.woo import WooStore, woo

__all__ = ["woo"]

SHOP = {"name": "Corner Tea", "currency": "eur", "timezone": "Europe/Berlin", "locale": "de"}
FACTS = {"csrf_token", "platform", "name", "currency", "timezone", "url"}


def secrets_of(slug: str, app: str | None = None) -> tuple[str, ...]:
    with db.session() as session:
        return live_secrets(session, get_store(session, slug), NOW, app)


@pytest.mark.parametrize("platform", platforms())
def test_every_platform_has_words_for_all_it_asks(platform: str) -> None:
    plugin, guide = get_storefront(platform), find_guide(platform)
    assert guide.pitch
    assert set(guide.api) >= set(plugin.API)
    assert [key for key in plugin.OPTIONS if option_words(platform, key).label == key] == []
    assert (guide.maker == "nobody") == (guide.secret_entry is None)
    assert bool(guide.access) == bool(plugin.API)


@pytest.mark.parametrize("platform", platforms())
def test_a_form_has_the_fields_of_its_platform_and_no_other(owner: Reader, platform: str) -> None:
    page = owner.get(f"/connect-store?platform={platform}")
    assert page.faults == []
    plugin, guide = get_storefront(platform), find_guide(platform)
    wanted = FACTS | {f"api_{part}" for part in guide.api}
    wanted |= {f"option.{key}" for key in plugin.OPTIONS}
    wanted |= {"secret"} if guide.secret_entry else set()
    wanted |= {"public_key"} if guide.by_key else set()
    assert set(page.fields) == wanted


def test_the_platform_is_asked_first(owner: Reader) -> None:
    page = owner.get("/connect-store")
    assert "/connect-store?platform=saleor" in page.links
    assert "/connect-store?platform=judgeme" not in page.links
    answer = owner.post("/connect-store", 303, **SHOP, platform="myspace")
    assert answer.headers["Location"].endswith("/connect-store")


def test_with_access_the_next_step_is_one_button(owner: Reader, woo: WooStore) -> None:
    answer = owner.post(
        "/connect-store",
        200,
        **SHOP,
        platform="woocommerce",
        api_url=woo.shop.url,
        api_key=KEY,
        api_secret=SECRET,
        option__birthday_keys="geburtstag",
        option__consent_keys="",
    )
    page = Page(answer.text)
    assert page.faults == []
    assert {"/stores/corner-tea/hooks", "/stores/corner-tea/past"} <= set(page.actions)
    assert secrets_of("corner-tea")[0] in page.words
    assert SECRET not in answer.text
    with db.session() as session:
        store = get_store(session, "corner-tea")
        assert api_access(store).secret == SECRET
        assert store.options == {"birthday_keys": "geburtstag"}
    form = owner.get("/stores/corner-tea/edit")
    assert form.fields["option.birthday_keys"] == "geburtstag"
    assert form.fields["api_secret"] == ""


def test_without_access_the_address_and_the_secret_are_pasted(owner: Reader) -> None:
    page = Page(owner.post("/connect-store", 200, **SHOP, platform="woocommerce").text)
    assert "/stores/corner-tea/hooks" not in page.actions
    assert "/webhooks/corner-tea" in page.words
    assert secrets_of("corner-tea")[0] in page.words
    assert "Order restored" in page.words


def test_a_secret_that_the_platform_makes_is_taken_from_the_access(owner: Reader) -> None:
    form = {"api_url": "https://a.myshopify.com", "api_key": "id", "api_secret": "shpss_1"}
    answer = owner.post("/connect-store", 200, **SHOP, **form, platform="shopify")
    assert secrets_of("corner-tea") == ("shpss_1",)
    assert "shpss_1" not in answer.text
    assert "/stores/corner-tea/secret" not in Page(answer.text).actions


def test_a_secret_that_the_platform_makes_may_be_entered_later(owner: Reader) -> None:
    answer = owner.post("/connect-store", 200, **SHOP, platform="bigcommerce")
    made_up = secrets_of("corner-tea")[0]
    assert made_up not in answer.text
    assert "/stores/corner-tea/secret" in Page(answer.text).actions
    owner.post("/stores/corner-tea/secret", secret="its client secret")
    assert secrets_of("corner-tea") == ("its client secret", made_up)
    owner.post("/stores/corner-tea/secret")
    assert "Enter the secret that BigCommerce shows." in owner.notices()
    assert len(secrets_of("corner-tea")) == 2


def test_where_nobody_makes_a_secret_none_is_shown(owner: Reader) -> None:
    page = Page(owner.post("/connect-store", 200, **SHOP, platform="saleor").text)
    assert page.faults == []
    assert "shown this once" not in page.words
    assert secrets_of("corner-tea") == ()


def test_an_option_may_be_emptied_and_goes_back_to_the_usual(owner: Reader) -> None:
    owner.post("/connect-store", 200, **SHOP, platform="woocommerce")
    edit = {"name": "Corner Tea", "timezone": "Europe/Berlin", "locale": "de"}
    usual = get_storefront("woocommerce").OPTIONS["birthday_keys"]
    for given, kept in (("", {"birthday_keys": ""}), (usual, {})):
        owner.post("/stores/corner-tea/edit", **edit, option__birthday_keys=given)
        with db.session() as session:
            assert get_store(session, "corner-tea").options == kept


def test_the_first_webhook_is_awaited(owner: Reader, store: Store) -> None:
    waiting = owner.client.get("/stores/tea-house/arrival").text
    assert 'hx-trigger="every 3s"' in waiting
    assert Page(waiting).faults == []
    with db.session() as session:
        topic = "<b>order</b>"
        keep(session, Delivery(store.id, store.platform, "d1", topic, {}, NOW, b"{}"))
    came = owner.client.get("/stores/tea-house/arrival").text
    assert "hx-trigger" not in came
    assert "&lt;b&gt;order" in came
    assert Page(came).faults == []


def test_a_page_that_waits_goes_to_the_door_when_the_session_is_over(
    owner: Reader, app: Flask
) -> None:
    owner.post("/sign-out")
    for browser in (owner.client, app.test_client()):
        answer = browser.get("/stores/tea-house/arrival", headers={"HX-Request": "true"})
        assert answer.headers["HX-Redirect"] == "/sign-in"
        assert answer.text == ""


def test_an_app_stands_beside_the_shop(owner: Reader, store: Store) -> None:
    answer = owner.post("/stores/tea-house/apps", 200, platform="stamped")
    page = Page(answer.text)
    assert page.faults == []
    secret = secrets_of("tea-house", "stamped")[0]
    assert secret in page.words
    assert "/webhooks/tea-house/stamped" in page.words
    with db.session() as session:
        for platform in ("stamped", store.platform):
            keep(session, Delivery(store.id, platform, platform, "topic", {}, NOW, b"{}"))
    shown = owner.get("/stores/tea-house")
    assert shown.faults == []
    assert "Stamped" in shown.words
    assert secret not in shown.words
    assert owner.get("/stores/tea-house/webhooks/1").words.count("Stamped") == 1
    assert "Stamped" not in owner.get("/stores/tea-house/webhooks/2").words
    assert "topic" in owner.get("/stores/tea-house/apps/stamped/arrival").words
    assert "Connected already." in owner.get("/stores/tea-house/apps").words


def test_the_secret_of_an_app_is_turned_and_the_app_taken_away(owner: Reader) -> None:
    owner.post("/stores/tea-house/apps", 200, platform="stamped")
    turned = owner.post("/stores/tea-house/apps/stamped/secret", 200)
    fresh, old = secrets_of("tea-house", "stamped")
    assert fresh in turned.text
    assert old not in turned.text
    owner.post("/stores/tea-house/apps/stamped/secret", secret="as it says there")
    assert secrets_of("tea-house", "stamped")[0] == "as it says there"
    owner.post("/stores/tea-house/apps/stamped/remove")
    with db.session() as session:
        assert list_apps(session, get_store(session, "tea-house").id) == []
    owner.get("/stores/tea-house/apps/stamped/arrival", 404)


def test_how_an_app_is_reached_can_be_changed(owner: Reader) -> None:
    owner.post("/stores/tea-house/apps", 200, platform="judgeme", api_key="token")
    assert secrets_of("tea-house", "judgeme") == ("token",)
    form = owner.get("/stores/tea-house/apps/judgeme/edit")
    assert form.faults == []
    assert (form.fields["api_key"], form.fields["option.shop_domain"]) == ("", "")
    owner.post("/stores/tea-house/apps/judgeme/edit", option__shop_domain="tea.example", api_key="")
    with db.session() as session:
        store = get_store(session, "tea-house")
        access = api_access(store, get_app(session, store, "judgeme"))
    assert (access.key, access.options["shop_domain"]) == ("token", "tea.example")
    form = owner.get("/stores/tea-house/apps/judgeme/edit")
    assert form.fields["option.shop_domain"] == "tea.example"
    long = {"option__shop_domain": "x" * 501}
    assert "is not an option" in owner.post("/stores/tea-house/apps/judgeme/edit", 422, **long).text
    owner.get("/stores/tea-house/apps/stamped/edit", 404)


def test_a_password_stands_in_the_address_where_there_is_no_signature(owner: Reader) -> None:
    answer = owner.post("/stores/tea-house/apps", 200, platform="yotpo")
    secret = secrets_of("tea-house", "yotpo")[0]
    assert re.search(rf"//yotpo:{re.escape(secret)}@\S+/webhooks/tea-house/yotpo", answer.text)
    assert secret not in owner.client.get("/stores/tea-house").text


def test_what_is_wrong_with_an_app_is_said_in_its_form(owner: Reader) -> None:
    bad = owner.post("/stores/tea-house/apps", 422, platform="yotpo", secret="no good in urls!")
    assert 'id="error-secret"' in bad.text
    assert Page(bad.text).faults == []
    owner.post("/stores/tea-house/apps", 200, platform="stamped")
    twice = owner.post("/stores/tea-house/apps", 422, platform="stamped")
    assert "connected to this store already" in twice.text
    owner.post("/stores/tea-house/apps", 404, platform="myspace")


def test_only_the_owner_connects_and_turns_secrets(sign_in: Callable[..., Reader]) -> None:
    for role in ("marketer", "seller", "viewer"):
        reader = sign_in(role)
        reader.get("/stores/tea-house/apps", 403)
        reader.get("/stores/tea-house/apps/stamped/edit", 403)
        reader.post("/stores/tea-house/apps/stamped/edit", 403)
        for place in ("apps", "apps/stamped/secret", "apps/stamped/remove", "secret", "edit"):
            reader.post(f"/stores/tea-house/{place}", 403, platform="stamped")
        assert "New secret" not in reader.get("/stores/tea-house").words


def test_a_form_of_another_site_connects_nothing(owner: Reader) -> None:
    owner.post("/stores/tea-house/apps", 400, platform="stamped", csrf_token="forged")
    owner.post("/connect-store", 400, **SHOP, platform="woocommerce", csrf_token="forged")
    assert secrets_of("tea-house", "stamped") == ()
