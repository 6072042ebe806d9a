"""Stores, settings and access: the owner's screens."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from crm import db
from crm.access.keys import find_actor_by_key
from crm.access.users import check_password, find_user
from crm.stores.models import Store
from crm.stores.queries import get_store, list_stores
from crm.stores.secrets import live_secrets
from crm.stores.settings import read_settings
from crm.webhooks.inbox import Delivery, keep
from crm.webhooks.models import Webhook
from tests.factories import NOW
from tests.panel.conftest import PASSWORD, Reader
from tests.panel.pages import Page

SHOP = {"name": "Corner Tea", "currency": "eur", "timezone": "Europe/Berlin", "locale": "de"}


def test_a_store_is_connected_and_its_secret_is_shown_once(owner: Reader) -> None:
    answer = owner.post("/connect-store", 200, **SHOP, platform="standard")
    page = Page(answer.text)
    assert page.faults == []
    assert "/webhooks/corner-tea" in page.words
    secret = re.search(r"<code>(whsec_[^<]+)</code>", answer.text)
    assert secret is not None
    with db.session() as session:
        store = get_store(session, "corner-tea")
        assert live_secrets(session, store, NOW) == (secret[1],)
    assert "whsec_" not in owner.get("/stores/corner-tea").words


def test_each_platform_says_where_to_enter_what(owner: Reader) -> None:
    answer = owner.post("/connect-store", 200, **SHOP, platform="woocommerce")
    assert "Delivery URL" in answer.text
    assert (
        "webhook-signature" in owner.post("/connect-store", 200, **SHOP, platform="standard").text
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"currency": "tea"}, "currency"),
        ({"timezone": "Moon/Base"}, "timezone"),
        ({"url": "no address"}, "url"),
    ],
)
def test_a_fault_of_a_new_store_names_its_field(
    owner: Reader, changes: dict[str, str], field: str
) -> None:
    answer = owner.post("/connect-store", 422, **(SHOP | changes), platform="standard")
    assert f'id="error-{field}"' in answer.text
    with db.session() as session:
        assert [store.slug for store in list_stores(session, None)] == ["tea-house"]


def test_what_is_said_about_a_store_can_be_changed(owner: Reader) -> None:
    form = {"name": "The Tea House", "timezone": "Europe/Paris", "locale": "en", "country": "FR"}
    owner.post("/stores/tea-house/edit", **form)
    with db.session() as session:
        store = get_store(session, "tea-house")
    assert (store.name, store.timezone, store.country) == ("The Tea House", "Europe/Paris", "FR")
    refused = owner.post("/stores/tea-house/edit", 422, **(form | {"timezone": "Moon/Base"}))
    assert 'id="error-timezone"' in refused.text


def test_a_new_secret_leaves_the_old_one_a_day(owner: Reader) -> None:
    owner.post("/connect-store", 200, **SHOP, platform="standard")
    answer = owner.post("/stores/corner-tea/secret", 200)
    assert "another 24 hours" in answer.text
    with db.session() as session:
        assert len(live_secrets(session, get_store(session, "corner-tea"), NOW)) == 2


def test_a_failed_webhook_is_seen_read_and_sent_through_again(owner: Reader, store: Store) -> None:
    with db.session() as session:
        for number in (1, 2):
            keep(
                session,
                Delivery(
                    store.id, store.platform, f"d{number}", "order.paid", {}, NOW, b'{"odd": 1}'
                ),
            )
        for row in session.query(Webhook):
            row.state, row.error, row.settled_at = "failed", "total is missing", NOW
    assert "2 webhooks were not understood" in owner.get("/stores").words or (
        "2 failed webhooks" in owner.get("/stores").words
    )
    page = owner.get("/stores/tea-house?state=failed")
    assert "total is missing" in page.words
    assert '{"odd": 1}' in owner.get("/stores/tea-house/webhooks/1").words
    owner.post("/stores/tea-house/replay", webhook="1")
    owner.post("/stores/tea-house/replay")
    with db.session() as session:
        assert {row.state for row in session.query(Webhook)} == {"pending"}
    owner.post("/stores/tea-house/replay", 404, webhook="1")


def settings_form(owner: Reader) -> dict[str, str]:
    """Give the settings as the form holds them, selects included."""
    page = owner.client.get("/stores/tea-house/settings").text
    fields = {name: value for name, value in Page(page).fields.items() if name != "csrf_token"}
    for name, inside in re.findall(
        r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        fields[name] = chosen[1] if chosen else ""
    return {name.replace(".", "__"): value for name, value in fields.items()}


def test_the_settings_go_back_as_they_came(owner: Reader) -> None:
    with db.session() as session:
        before = read_settings(get_store(session, "tea-house"))
    owner.post("/stores/tea-house/settings", **settings_form(owner))
    with db.session() as session:
        assert read_settings(get_store(session, "tea-house")) == before


def test_settings_are_kept_all_of_them(owner: Reader) -> None:
    form = settings_form(owner) | {
        "frequency_caps__1__name": "all mail",
        "frequency_caps__1__limit": "4",
        "frequency_caps__1__days": "30",
        "frequency_caps__1__counts": "marketing",
        "quiet_hours__start": "20:00",
        "sender__email": "hello@tea.example",
        "tiers__thresholds__A__spent_at_least": "900.00",
        "cases__first_answer_hours": "12",
    }
    owner.post("/stores/tea-house/settings", **form)
    with db.session() as session:
        kept = read_settings(get_store(session, "tea-house"))
    assert [(cap.name, cap.limit, cap.days) for cap in kept.frequency_caps][1] == (
        "all mail",
        4,
        30,
    )
    assert kept.quiet_hours.start.hour == 20
    assert kept.sender.email == "hello@tea.example"
    assert kept.tiers.thresholds["A"].spent_at_least_minor == 90_000
    assert kept.cases.first_answer_hours == 12


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quiet_hours.start", "late"),
        ("sender.name", "two\nlines"),
        ("frequency_caps.0.limit", "0"),
        ("tiers.thresholds.B.spent_at_least", "9999.00"),
        ("cases.resolution_hours", "soon"),
        ("holdout_percent", "80"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_and_nothing_is_half_set(
    owner: Reader, field: str, value: str
) -> None:
    form = settings_form(owner) | {
        "sender__postal_address": "New street 1",
        field.replace(".", "__"): value,
    }
    answer = owner.post("/stores/tea-house/settings", 422, **form)
    assert f'<span class="mono">{field}' in answer.text
    assert "Nothing was changed." in answer.text
    assert 'value="New street 1"' in answer.text
    with db.session() as session:
        assert read_settings(get_store(session, "tea-house")).sender.postal_address == ""


def test_somebody_is_let_in_and_signs_in(owner: Reader, app: Flask) -> None:
    form = {"email": "jonas@tea.example", "role": "seller", "password": PASSWORD, "name": "Jonas"}
    owner.post("/access/people", **form)
    browser = app.test_client()
    token = Page(browser.get("/sign-in").text).fields["csrf_token"]
    browser.post("/sign-in", data={"csrf_token": token, **form})
    assert "Jonas" in browser.get("/").text
    assert "/access" not in Page(browser.get("/").text).links
    assert browser.get("/access").status_code == 403


def test_a_person_that_cannot_be_let_in_names_the_field(owner: Reader) -> None:
    form = {"email": "jonas@tea.example", "role": "seller", "password": PASSWORD}
    assert 'id="error-email"' in owner.post("/access/people", 422, **(form | {"email": "x"})).text
    short = owner.post("/access/people", 422, **(form | {"password": "tea"}))
    assert 'id="error-password"' in short.text
    taken = owner.post("/access/people", 422, **(form | {"email": "owner@tea.example"}))
    assert "Somebody signs in with this address already." in taken.text


def test_a_new_password_is_given(owner: Reader, sign_in: Callable[..., Reader]) -> None:
    seller = sign_in("seller")
    form = {"email": "seller@tea.example", "password": "a brand new password"}
    owner.post("/access/people/password", **form)
    with db.session() as session:
        assert check_password(session, form["email"], form["password"], NOW) is not None
    assert seller.client.get("/").status_code == 303
    owner.post("/access/people/password", 404, email="nobody@tea.example", password=PASSWORD)


def test_a_key_is_shown_once_works_and_ends(owner: Reader) -> None:
    answer = owner.post("/access/keys", 200, name="Reports", role="viewer")
    plain = re.search(r"<code>(rk_[^<]+)</code>", answer.text)
    assert plain is not None
    with db.session() as session:
        actor = find_actor_by_key(session, plain[1], NOW)
        assert actor is not None
        assert (actor.name, actor.role, actor.store_ids) == ("key Reports", "viewer", None)
    assert plain[1] not in owner.get("/access").words
    owner.post(f"/access/keys/{actor.id}/revoke")
    with db.session() as session:
        assert find_actor_by_key(session, plain[1], NOW) is None
    assert (
        "Say which program uses the key."
        in owner.post("/access/keys", 422, name=" ", role="viewer").text
    )


def test_only_an_owner_of_everything_lets_people_in(sign_in: Callable[..., Reader]) -> None:
    with db.session() as session:
        store = get_store(session, "tea-house")
    for role, stores in (("marketer", None), ("seller", None), ("viewer", None)):
        reader = sign_in(role, stores)
        reader.get("/access", 403)
        reader.get("/connect-store", 403)
        form = {"email": "x@tea.example", "role": "owner", "password": PASSWORD}
        reader.post("/access/people", 403, **form)
        reader.post("/stores/tea-house/settings", 403)
    limited = sign_in("owner", [store.id])
    form = {"email": "x@tea.example", "role": "owner", "password": PASSWORD}
    limited.post("/access/people", 403, **form)
    limited.post("/connect-store", 403, **SHOP, platform="standard")
    with db.session() as session:
        assert find_user(session, "x@tea.example") is None
