"""How the intake of a store stands: its webhooks, its past, what was missed, and the alarms."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from crm import db
from crm.imports import hooks, reading
from crm.imports.models import FeedRun, HookCheck
from crm.imports.queries import FeedProgress, progress
from crm.panel.screens.stores.reading import time_left
from crm.storefronts import woocommerce
from crm.stores.models import PrivacyRequest, Store
from crm.stores.queries import get_store_by_id
from tests.factories import NOW
from tests.panel.conftest import Reader
from tests.panel.pages import Page
from tests.panel.woo import WooStore, woo

__all__ = ["woo"]

Tick = Callable[[], int]


def runs(woo: WooStore, purpose: str) -> dict[str, FeedProgress]:
    with db.session() as session:
        found = progress(session, woo.id, purpose)  # type: ignore[arg-type]
    return {one.feed: one for one in found}


def switch_off(woo: WooStore) -> None:
    """Let the shop switch a webhook off, and forbid us to mend it by ourselves."""
    with db.session() as session:
        get_store_by_id(session, woo.id).settings = {"intake": {"rearm_webhooks": False}}
    for _ in range(7):
        woo.shop.fail(min(woo.shop.hooks))
    hooks.check_all(NOW)


def test_webhooks_are_set_up_by_one_button(owner: Reader, woo: WooStore, tick: Tick) -> None:
    page = owner.get("/stores/woo-house")
    assert "Not looked yet" in page.words
    answer = owner.post("/stores/woo-house/hooks")
    assert answer.headers["Location"].endswith("/stores/woo-house#webhooks")
    assert {hook["topic"] for hook in woo.shop.hooks.values()} == set(woocommerce.HOOKS)
    page = owner.get("/stores/woo-house")
    assert page.faults == []
    assert "All on" in page.words
    assert f"{len(woocommerce.HOOKS)} webhooks are on." in page.words
    tick()
    assert "Not looked yet" not in owner.get("/stores/woo-house").words


def test_a_page_that_can_gets_only_its_part(owner: Reader, woo: WooStore) -> None:
    token, asked = owner.token(), {"HX-Request": "true"}
    for path, words in (("hooks", "webhooks are on"), ("past", "Waiting")):
        answer = owner.client.post(
            f"/stores/woo-house/{path}", data={"csrf_token": token}, headers=asked
        )
        assert answer.status_code == 200
        assert words in answer.text
        assert "<html" not in answer.text
        assert Page(answer.text).faults == []


def test_a_storefront_that_refuses_is_quoted_and_nothing_is_lost(
    owner: Reader, woo: WooStore
) -> None:
    woo.shop.refusals.extend([401] * 4)
    answer = owner.client.post(
        "/stores/woo-house/hooks",
        data={"csrf_token": owner.token()},
        headers={"Referer": "http://localhost/stores/woo-house"},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/stores/woo-house")
    assert "refuses our key" in owner.get("/stores/woo-house").words
    assert woo.shop.hooks == {}
    woo.shop.refusals.extend([401] * 4)
    live = owner.client.post(
        "/stores/woo-house/hooks",
        data={"csrf_token": owner.token()},
        headers={"HX-Request": "true"},
    )
    assert (live.status_code, live.headers["HX-Retarget"]) == (422, "#notices")
    assert "refuses our key" in live.text


def test_a_store_without_webhooks_to_set_up_says_so(owner: Reader) -> None:
    owner.post("/stores/tea-house/hooks")
    assert "by hand" in owner.notices()
    assert "Webhooks in the storefront" not in owner.get("/stores/tea-house").words


def test_a_webhook_that_was_switched_off_is_an_alarm_with_its_mend(
    owner: Reader, woo: WooStore
) -> None:
    hooks.arm(woo.id, NOW)
    switch_off(woo)
    page = owner.get("/stores/woo-house")
    assert page.faults == []
    assert "has switched webhooks off" in page.words
    assert "Switch on again" in page.words
    start = owner.get("/?store=woo-house")
    assert "Welcome to Regulars" in start.words
    assert "/stores/woo-house/hooks" in start.actions
    assert "1 thing needs a look" in owner.get("/stores").words
    owner.post("/stores/woo-house/hooks")
    assert "has switched webhooks off" not in owner.get("/stores/woo-house").words
    assert "needs a look" not in owner.get("/stores").words


def test_today_shows_grave_alarms_with_the_way_to_their_mend(
    owner: Reader, woo: WooStore, sign_in: Callable[..., Reader]
) -> None:
    order = {"customer_id": 7, "billing": {"email": "ada@example.test"}}
    woo.shop.order(1, "2026-11-20T10:00:00", **order)
    owner.post("/stores/woo-house/past")
    reading.read_on(NOW)
    well = owner.get("/?store=woo-house")
    assert "Orders per day" in well.words
    assert "Everything came in" in well.words
    assert "callout" not in owner.client.get("/").text
    hooks.arm(woo.id, NOW)
    switch_off(woo)
    ill = owner.get("/")
    assert "/stores/woo-house/hooks" in ill.actions
    assert "1 thing about the storefront" in ill.words
    assert "Everything came in" not in ill.words
    seller = sign_in("seller").get("/?store=woo-house")
    assert "/stores/woo-house/hooks" not in seller.actions
    assert "/stores/woo-house#webhooks" in seller.links


def test_the_past_is_read_in_front_of_the_reader(owner: Reader, woo: WooStore) -> None:
    for number in range(1, 4):
        woo.shop.order(number, f"2026-10-0{number}T10:00:00")
    answer = owner.post("/stores/woo-house/past")
    assert answer.headers["Location"].endswith("/stores/woo-house#past")
    waiting = owner.client.get("/stores/woo-house/past").text
    assert 'hx-trigger="every 2s"' in waiting
    reading.read_on(NOW)
    done = owner.client.get("/stores/woo-house/past").text
    assert "hx-trigger" not in done
    assert "3 new to us" in Page(done).words
    assert Page(done).faults == []
    assert "Read again" in owner.get("/stores/woo-house").words


def test_a_day_may_be_given_to_read_from(owner: Reader, woo: WooStore) -> None:
    owner.post("/stores/woo-house/past", since="2026-10-02")
    since = {one.since for one in runs(woo, "backfill").values()}
    assert [f"{one:%Y-%m-%dT%H:%M%z}" for one in since if one] == ["2026-10-01T22:00+0000"]
    owner.post("/stores/woo-house/past", since="the other day")
    assert "Give a date" in owner.notices()


def test_what_was_not_understood_is_listed_as_text(owner: Reader, woo: WooStore) -> None:
    woo.shop.order(1, "2026-10-01T10:00:00", total="<b>much</b>")
    owner.post("/stores/woo-house/past")
    reading.read_on(NOW)
    with db.session() as session:
        for run in session.query(FeedRun).where(FeedRun.feed == "orders"):
            run.refusals = [{"id": "<i>1</i>", "reason": "<b>much</b> is no amount"}]
    text = owner.client.get("/stores/woo-house").text
    assert "&lt;b&gt;much&lt;/b&gt; is no amount" in text
    assert "&lt;i&gt;1" in text
    page = Page(text)
    assert page.faults == []
    assert "1 could not be understood" in page.words
    assert "/stores/woo-house#looks" in page.links


def test_reading_that_got_stuck_goes_on_and_can_be_stopped(owner: Reader, woo: WooStore) -> None:
    woo.shop.order(1, "2026-10-01T10:00:00")
    owner.post("/stores/woo-house/past")
    woo.shop.refusals.extend([401] * 9)
    reading.read_on(NOW)
    page = owner.get("/stores/woo-house")
    assert page.faults == []
    assert "Stuck" in page.words
    assert "refuses our key" in page.words
    woo.shop.refusals.clear()
    owner.post("/stores/woo-house/past")
    assert "Reading goes on where it stopped." in owner.notices()
    reading.read_on(NOW)
    assert "Stuck" not in owner.get("/stores/woo-house").words
    owner.post("/stores/woo-house/past")
    owner.post("/stores/woo-house/past/stop")
    assert "Stopped. What was read stays." in owner.notices()
    assert all(one.finished_at for one in runs(woo, "backfill").values())


def test_a_look_may_be_asked_for_and_shows_what_was_missed(owner: Reader, woo: WooStore) -> None:
    owner.post("/stores/woo-house/look")
    assert 'hx-trigger="every 2s"' in owner.client.get("/stores/woo-house/looks").text
    woo.shop.order(5, f"{NOW - timedelta(minutes=7):%Y-%m-%dT%H:%M:%S}")
    reading.read_on(NOW)
    looked = owner.client.get("/stores/woo-house/looks").text
    assert "hx-trigger" not in looked
    assert 'class="num red strong">1<' in looked
    page = owner.get("/stores/woo-house")
    assert page.faults == []
    assert "came without its webhook" in page.words


def test_a_store_that_lists_nothing_offers_no_reading(owner: Reader) -> None:
    page = owner.get("/stores/tea-house")
    assert "The past of the shop" not in page.words
    owner.post("/stores/tea-house/past")
    assert "no interface that lists" in owner.notices()
    owner.post("/stores/tea-house/look")


@pytest.mark.parametrize(
    ("seen", "total", "minutes", "words"),
    [
        (50, 100, 10, "about 10 minutes left"),
        (90, 100, 9, "about 1 minute left"),
        (99, 100, 10, "less than a minute left"),
        (0, 100, 10, ""),
        (50, None, 10, ""),
        (50, 100, 3000, ""),
    ],
)
def test_how_long_reading_takes_is_guessed(
    seen: int, total: int | None, minutes: int, words: str
) -> None:
    feed = FeedProgress(
        platform="woocommerce",
        feed="orders",
        since=None,
        seen=seen,
        total=total,
        changed=0,
        missed=0,
        refused=0,
        refusals=[],
        error=None,
        started_at=NOW - timedelta(minutes=minutes),
        finished_at=None,
    )
    assert time_left(feed, NOW) == words


def test_each_alarm_leads_to_its_mend(owner: Reader, woo: WooStore) -> None:
    with db.session() as session:
        check = HookCheck(store_id=woo.id, platform="woocommerce", checked_at=NOW, hooks=[])
        check.faults, check.error = [], "<u>gone</u>"
        session.add(check)
        request = PrivacyRequest(store_id=woo.id, kind="access", request_id="1", orders=[])
        request.requested_at, request.due_at = NOW, NOW + timedelta(days=2)
        session.add(request)
    text = owner.client.get("/stores/woo-house").text
    page = Page(text)
    assert page.faults == []
    assert "&lt;u&gt;gone" in text
    assert {"/stores/woo-house#webhooks", "/privacy"} <= set(page.links)


def test_who_may_do_what_about_the_intake(
    woo: WooStore, store: Store, sign_in: Callable[..., Reader]
) -> None:
    allowed = {"owner": {"hooks", "past", "look"}, "marketer": {"look"}, "seller": set()}
    for role, may in allowed.items():
        reader = sign_in(role)
        page = reader.get("/stores/woo-house")
        assert page.faults == []
        for place in ("hooks", "past", "look"):
            assert (f"/stores/woo-house/{place}" in page.actions) is (place in may), role
        for place in ("look", "past", "hooks"):
            reader.post(f"/stores/woo-house/{place}", 303 if place in may else 403)
        reading.read_on(NOW)
    limited = sign_in("viewer", [store.id])
    for place in ("", "/past", "/looks", "/arrival"):
        limited.get(f"/stores/woo-house{place}", 404)


def test_a_form_of_another_site_starts_nothing(owner: Reader, woo: WooStore) -> None:
    for place in ("hooks", "past", "past/stop", "look"):
        owner.post(f"/stores/woo-house/{place}", 400, csrf_token="forged")
    assert woo.shop.hooks == {}
    assert runs(woo, "backfill") == runs(woo, "reconcile") == {}
