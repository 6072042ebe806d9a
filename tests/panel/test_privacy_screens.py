"""Privacy requests: who asks what, by when, about whom; the answer; the file and the end of it."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from crm import db, ingest
from crm.buyers.models import Buyer
from crm.events import PrivacyAsked
from crm.stores.models import PrivacyRequest, Store
from tests.factories import NOW, make_buyer, make_store, order_event, version
from tests.panel.conftest import Reader
from tests.panel.pages import Page


def ask(store: Store, number: int, days: int = 0, **said: object) -> None:
    """Let a platform pass a request on, `days` ago."""
    kind = str(said.pop("kind", "access"))
    asked = PrivacyAsked(
        version(at=NOW - timedelta(days=days)),
        kind,  # type: ignore[arg-type]
        f"r{number}",
        **said,  # type: ignore[arg-type]
    )
    with db.session() as session:
        assert ingest.apply(session, session.merge(store), asked, live=True, now=NOW) == "applied"


@pytest.fixture
def buyer(store: Store) -> Buyer:
    """Ada, known to the shop as 77, with an order."""
    with db.session() as session:
        home = session.merge(store)
        ingest.apply(session, home, order_event(), live=True, now=NOW)
        return make_buyer(session, home, email="77@example.test", external_id="c-77")


def test_an_open_request_names_its_buyer_and_what_to_do(
    owner: Reader, store: Store, buyer: Buyer
) -> None:
    ask(store, 1, external_id="c-77", order_external_ids=("1001", "1002"))
    ask(store, 2, email="<b>nobody</b>@example.test")
    page = owner.get("/privacy")
    assert page.faults == []
    assert f"/buyers/{buyer.id}?store=tea-house" in page.links
    assert f"/buyers/{buyer.id}/everything?store=tea-house" in page.links
    assert "1001, 1002" in page.words
    assert "<b>nobody</b>@example.test" in page.words
    assert "We keep nobody by these names" in page.words


@pytest.mark.parametrize(
    ("days", "words", "colour"),
    [(2, "due 19 Dec 2026", "pill"), (25, "due", "pill-gold"), (31, "overdue since", "pill-red")],
)
def test_the_due_day_warns_as_it_comes_near(
    owner: Reader, store: Store, days: int, words: str, colour: str
) -> None:
    ask(store, 1, days, external_id="c-77")
    text = owner.client.get("/privacy").text
    assert words in Page(text).words
    assert f'{colour}">' in text
    grave = "callout-red" in owner.client.get("/stores/tea-house").text
    assert grave is (days > 23)


def test_the_shelf_counts_what_is_open(owner: Reader, store: Store) -> None:
    assert "count-red" not in owner.client.get("/stores").text
    ask(store, 1)
    ask(store, 2, kind="shop")
    assert '<span class="count count-red">2</span>' in owner.client.get("/stores").text


def test_an_answer_is_noted_once_and_forgets_the_address(owner: Reader, store: Store) -> None:
    ask(store, 1, email="ada@example.test")
    owner.post("/privacy/1/done")
    assert "Nobody waits for an answer" in owner.get("/privacy").words
    answered = owner.get("/privacy?state=answered")
    assert answered.faults == []
    assert "answered by owner@tea.example" in answered.words
    assert "ada@example.test" not in answered.words
    owner.post("/privacy/1/done")
    assert "answered already" in owner.notices()
    owner.post("/privacy/99/done", 404)


def test_an_erasure_that_was_done_as_it_came_says_so(owner: Reader, store: Store) -> None:
    ask(store, 1, kind="erasure", external_id="c-77")
    page = owner.get("/privacy?state=answered")
    assert "done automatically as it came" in page.words
    assert "Wants to be erased" in page.words


def test_everything_about_a_buyer_is_a_file_for_her(owner: Reader, buyer: Buyer) -> None:
    answer = owner.client.get(f"/buyers/{buyer.id}/everything")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="buyer-{buyer.id}.jsonl"'
    assert answer.headers["Cache-Control"] == "no-store"
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert {"table": "buyers", "email": "77@example.test"}.items() <= rows[0].items()


def test_a_buyer_is_erased_for_good(owner: Reader, buyer: Buyer) -> None:
    assert f"/buyers/{buyer.id}/erase" in owner.get(f"/buyers/{buyer.id}").actions
    owner.post(f"/buyers/{buyer.id}/erase")
    page = owner.get(f"/buyers/{buyer.id}")
    assert page.faults == []
    assert "Erased" in page.words
    assert "77@example.test" not in page.words
    assert f"/buyers/{buyer.id}/erase" not in page.actions


def test_only_those_who_may_see_and_answer(
    store: Store, buyer: Buyer, sign_in: Callable[..., Reader]
) -> None:
    ask(store, 1, external_id="c-77")
    seller = sign_in("seller")
    assert "Wants to see the data" in seller.get("/privacy").words
    assert "/privacy/1/done" not in seller.get("/privacy").actions
    for role in ("seller", "marketer", "viewer"):
        reader = seller if role == "seller" else sign_in(role)
        reader.post("/privacy/1/done", 403)
        reader.post(f"/buyers/{buyer.id}/erase", 403)
        reader.get(f"/buyers/{buyer.id}/everything", 403)
        if role == "viewer":
            reader.get("/privacy", 403)
            assert "/privacy" not in reader.get("/stores").links
    with db.session() as session:
        assert session.get_one(PrivacyRequest, (store.id, 1)).done_at is None


def test_another_stores_requests_are_not_seen(store: Store, sign_in: Callable[..., Reader]) -> None:
    with db.session() as session:
        other = make_store(session, slug="other-house")
    ask(other, 1, email="bob@example.test")
    owner = sign_in("owner", [store.id])
    assert "Nobody waits" in owner.get("/privacy").words
    owner.post("/privacy/1/done", 404)
    ask(store, 1, email="eve@example.test")
    page = sign_in("seller").get("/privacy")
    assert "bob@example.test" in page.words
    assert "Tea House" in page.words


def test_a_form_of_another_site_answers_and_erases_nothing(
    owner: Reader, store: Store, buyer: Buyer
) -> None:
    ask(store, 1)
    owner.post("/privacy/1/done", 400, csrf_token="forged")
    owner.post(f"/buyers/{buyer.id}/erase", 400, csrf_token="forged")
    assert "77@example.test" in owner.get(f"/buyers/{buyer.id}").words
