"""Every screen answers, is whole, and keeps to the strict policy."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from crm import db, ingest
from crm.access.roles import PERMISSIONS
from crm.campaigns import lifecycle, run
from crm.campaigns.write import create_campaign
from crm.messages import dispatch
from crm.segments.queries import save_segment
from crm.stores.models import Store
from tests.factories import NOW, consent_event, order_event, review_event, version
from tests.panel.conftest import Reader

MESSAGE = {"subject": "Hello {{ buyer.first_name }}", "body": "<p>{{ survey.url }}</p>"}
SCREENS = {
    "/": "Needs attention",
    "/?days=7": "Orders per day",
    "/buyers": "Ada Brew",
    "/buyers?tier=A": "Nobody fits",
    "/buyers/1": "ada@example.test",
    "/buyers/1?part=orders": "Green tea",
    "/buyers/1?part=decisions": "How was it",
    "/buyers/1?part=consents": "Consent history",
    "/buyers/1/edit": "Edit buyer",
    "/segments": "Buyers from Berlin",
    "/segments/new": "Put conditions together",
    "/segments/1": "Buyers who live in",
    "/segments/1/edit": "Save segment",
    "/campaigns": "How was it",
    "/campaigns?state=draft": "None with this status",
    "/campaigns/new": "What would you like to say?",
    "/campaigns/new/promotion": "Nothing goes out before you start it",
    "/campaigns/new/birthday": "On the buyer's own clock",
    "/campaigns/new/survey": "Once for every order",
    "/campaigns/1": "All decisions",
    "/campaigns/1/decisions": "Ada Brew",
    "/messages": "Hello Ada",
    "/messages/1": "Why it was sent",
    "/coupons": "The books always add up",
    "/surveys": "How was it",
    "/surveys/1": "No answers yet",
    "/cases": "Review with",
    "/cases?state=closed": "There is no case with this status",
    "/cases/1": "Add entry",
    "/cases/new?buyer=1": "Open a case",
    "/reviews": "Lovely",
    "/stores": "Tea House",
    "/stores/tea-house": "Nothing has come yet",
    "/stores/tea-house/settings": "Quiet hours",
    "/stores/tea-house/edit": "Particulars of Standard Webhooks",
    "/stores/tea-house/apps": "such as reviews",
    "/stores/tea-house/apps?platform=judgeme": "Private API token",
    "/connect-store": "What is your shop built with?",
    "/connect-store?platform=woocommerce": "Three facts are enough",
    "/privacy": "Nobody waits for an answer",
    "/privacy?state=answered": "None was answered yet",
    "/access": "Add user",
}


@pytest.fixture
def busy(store: Store) -> Store:
    """The shop after an order, a bad review, a survey that went out, and a segment."""
    with db.session() as session:
        home = session.merge(store)
        events = (
            order_event(delivered_at=NOW, fulfillment_status="delivered"),
            review_event(rating=2, version=version(rank=1)),
            consent_event(status="granted", proof="her form"),
        )
        for event in events:
            ingest.apply(session, home, event, live=True, now=NOW)
        save_segment(
            session, home, "Buyers from Berlin", {"condition": "city", "is": "Berlin"}, NOW
        )
        asks = {"name": "How was it?", "kind": "survey", "message": MESSAGE}
        campaign = create_campaign(
            session, home, {**asks, "schedule": {"days_after": {"delivered": 0}}}, NOW
        )
        lifecycle.start(session, home, campaign, NOW)
    return store


def test_every_screen_shows_its_content_and_is_well_formed(
    busy: Store, owner: Reader, tick: Callable[[], int]
) -> None:
    del busy
    run.run_due(NOW)
    dispatch.send_due(NOW)
    for path, words in SCREENS.items():
        page = owner.get(path)
        assert page.faults == [], path
        assert words in page.words or words in str(page.fields), path


def test_a_new_shop_is_led_through_its_first_steps(owner: Reader, store: Store) -> None:
    page = owner.get("/")
    assert "Welcome to Regulars" in page.words
    assert f"{store.name} is connected." in page.words
    assert page.faults == []


@pytest.mark.parametrize("language", ["de", "zh-Hans", "zh-Hant"])
def test_the_screens_speak_the_readers_language(busy: Store, owner: Reader, language: str) -> None:
    del busy
    owner.post("/reader/language", language=language)
    english = {"/": "Needs attention", "/buyers/1": "May we write?", "/access": "Add user"}
    for path, words in english.items():
        page = owner.get(path)
        assert page.faults == [], path
        assert words not in page.words, path


def test_no_page_lets_anything_inline_run(owner: Reader) -> None:
    answer = owner.client.get("/buyers")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"


def test_every_screen_names_a_permission_that_exists(app: Flask) -> None:
    doors = {"sign_in", "welcome", "sign_out", "set_language", "set_theme", "static"}
    for rule in app.url_map.iter_rules():
        kind, _, name = rule.endpoint.partition(".")
        if kind == "panel" and name not in doors:
            needs = getattr(app.view_functions[rule.endpoint], "permission", None)
            assert needs in PERMISSIONS, rule


def test_every_link_on_the_shelf_leads_somewhere(busy: Store, owner: Reader) -> None:
    del busy
    for link in set(owner.get("/").links):
        if link.startswith("/"):
            owner.get(link)


def test_what_is_not_there_is_said_kindly(owner: Reader) -> None:
    for path in ("/buyers/999", "/campaigns/999", "/messages/999", "/cases/999", "/surveys/999"):
        assert "Not here" in owner.get(path, 404).words
    assert "Not here" in owner.get("/stores/nowhere", 404).words
    assert "Not here" in owner.get("/campaigns/new/magic", 404).words


def test_assets_are_served_to_everybody(app: Flask) -> None:
    browser = app.test_client()
    for name in ("panel.css", "panel.js", "builder.js", "theme.js", "icons.svg", "mark.svg"):
        with browser.get(f"/assets/panel/{name}") as answer:
            assert answer.status_code == 200


def test_a_browser_keeps_an_asset_until_it_changes(owner: Reader) -> None:
    page = owner.client.get("/stores").text
    address = re.findall(r'href="(/assets/panel/panel\.css\?v=\w{12})"', page)[0]
    with owner.client.get(address) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    with owner.client.get("/assets/panel/panel.css") as answer:
        assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_every_icon_that_is_asked_for_is_drawn(app: Flask) -> None:
    with app.test_client().get("/assets/panel/icons.svg") as answer:
        drawn = set(re.findall(r'id="(\w+)"', answer.text))
    folder = app.blueprints["panel"].jinja_loader
    assert folder is not None
    asked = set()
    for name in folder.list_templates():
        source = folder.get_source(app.jinja_env, name)[0]
        asked |= set(re.findall(r'icon\("(\w+)"', source))
        asked |= set(re.findall(r'empty\("(\w+)"', source))
    assert asked - drawn == set()
