"""Judge.me, Stamped and Yotpo: their particulars, their interfaces, and the way beside a shop."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm import clock, db
from crm.buyers.models import Buyer, Review
from crm.errors import Rejected
from crm.events import Noted, ReviewDeleted, ReviewPosted
from crm.imports import backfill, hooks, jobs
from crm.storefronts import (
    ApiAccess,
    Asked,
    BadSignature,
    Home,
    Hook,
    Page,
    Secrets,
    judgeme,
    stamped,
    yotpo,
)
from crm.stores.apps import NewApp, connect_app
from crm.stores.connect import NewStore, connect_store
from crm.stores.queries import get_store
from crm.webhooks import doors, process
from crm.webhooks.models import Webhook
from tests.factories import NOW
from tests.fakes import judgeme as judge_fake
from tests.fakes import yotpo as yotpo_fake
from tests.fakes.fronts import get_front
from tests.fakes.judgeme import Judge
from tests.fakes.senders import payload, standard_post
from tests.fakes.yotpo import Yotpo

RECEIVED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
HOME = Home("EUR", "Europe/Berlin", "DE", "de", {})
ADDRESS = "https://crm.example.test/webhooks/tea-house/judgeme"


@pytest.fixture
def judge() -> Iterator[Judge]:
    """Judge.me on a socket."""
    with Judge() as server:
        yield server


@pytest.fixture
def yotpo_shop() -> Iterator[Yotpo]:
    """Yotpo on a socket."""
    with Yotpo() as server:
        yield server


def judge_api(judge: Judge, token: str = judge_fake.TOKEN, **options: str) -> ApiAccess:
    said = {"shop_domain": judge_fake.SHOP, **options}
    return ApiAccess(f"{judge.url}/api/v1", token, "", "EUR", said)


def yotpo_api(shop: Yotpo, secret: str = yotpo_fake.SECRET) -> ApiAccess:
    return ApiAccess(shop.url, yotpo_fake.KEY, secret, "EUR", {})


def judged(number: int, at: str = "2026-11-20T10:00:00+00:00", **changes: Any) -> dict[str, Any]:
    review = payload("judgeme/review-created")["review"]
    return {**review, "id": number, "created_at": at, "updated_at": at, **changes}


def judge_event(review: dict[str, Any], event: str = "review/updated") -> Any:
    body = json.dumps({"event": event, "review": review}).encode()
    (meant,) = judgeme.parse(Hook(body, {}, RECEIVED), HOME)
    return meant


def every_page(read: Any, since: datetime | None = None) -> list[Page]:
    pages, bookmark = [], None
    while len(pages) < 50:
        pages.append(read(Asked("reviews", since, bookmark)))
        bookmark = pages[-1].bookmark
        if bookmark is None:
            break
    return pages


def ids(pages: list[Page]) -> list[str]:
    return [picture.external_id for page in pages for picture in page.pictures]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"curated": "ok", "published": True}, ReviewPosted),
        ({"curated": "not-yet", "published": False}, ReviewPosted),
        ({"curated": "not-yet", "published": None}, ReviewPosted),
        ({"curated": "ok", "published": False}, ReviewDeleted),
        ({"curated": "spam", "published": True}, ReviewDeleted),
        ({"curated": "ok", "published": True, "hidden": True}, ReviewDeleted),
        ({"rating": 0}, Noted),
        ({"rating": None}, Noted),
    ],
)
def test_a_judged_review_stands_unless_it_is_spam_hidden_or_taken_down(
    changes: dict[str, Any], kind: type
) -> None:
    assert isinstance(judge_event(judged(1, **changes)), kind)


def test_taking_a_review_down_wins_over_its_picture_of_the_same_second() -> None:
    review = judged(1, curated="ok", published=True)
    assert judge_event(review, "review/unpublished").version > judge_event(review).version


@pytest.mark.parametrize("phone", ["0000000000000", "+00", "", None, "000-000 0000"])
def test_a_row_of_zeros_is_no_phone_number(phone: str | None) -> None:
    reviewer = {"email": "a@example.test", "phone": phone, "external_id": 0}
    person = judge_event(judged(1, reviewer=reviewer)).person
    assert (person.phone, person.external_id, person.email) == (None, None, "a@example.test")


def test_what_a_reviewer_accepts_at_judgeme_is_no_consent_to_the_shop() -> None:
    assert judge_event(judged(1)).person.accepts_marketing is None


def test_a_review_by_nobody_names_nobody() -> None:
    assert judge_event(judged(1, reviewer=None)).person is None


@pytest.mark.parametrize("rating", ["six", 6, -1, 4.5, True, [], "٣"])
def test_stars_that_are_none_are_refused(rating: Any) -> None:
    with pytest.raises(Rejected, match="stars"):
        judge_event(judged(1, rating=rating))


def test_names_of_events_that_are_none_give_no_topic() -> None:
    for body in (b"{", b"[]", b'{"event": 1}', b'{"event": "\\ud800"}', b'{"event": "a b"}'):
        assert judgeme.topic(Hook(body, {}, RECEIVED)) == ""
        assert yotpo.topic(Hook(body, {}, RECEIVED)) == ""


def test_secrets_in_headers_are_not_kept_with_the_body() -> None:
    for platform, plugin in (("stamped", stamped), ("yotpo", yotpo)):
        front = get_front(platform)
        hook = front.case("s3cr3t", min(front.cases))
        kept = [text for name, text in hook.headers.items() if name.startswith(plugin.HEADERS)]
        assert kept
        assert not [text for text in kept if "s3cr3t" in text or "Basic" in text]


@pytest.mark.parametrize(
    "given",
    ["", "Basic", "basic eW90cG86cw==", "Bearer s", "Basic eW90cG86cw", "Basic b3RoZXI6cw==", "s"],
)
def test_yotpo_is_let_in_by_its_name_and_password_only(given: str) -> None:
    good = "Basic eW90cG86cw=="  # yotpo:s
    yotpo.verify(Hook(b"{}", {"authorization": good}, RECEIVED), Secrets(("s",)), NOW)
    with pytest.raises(BadSignature):
        yotpo.verify(Hook(b"{}", {"authorization": given}, RECEIVED), Secrets(("s",)), NOW)


def test_a_password_that_an_address_would_spell_otherwise_is_refused() -> None:
    with pytest.raises(Rejected, match="web address"):
        yotpo.check_secret("a/b@c")
    yotpo.check_secret(yotpo.new_secret())


def test_edits_of_a_stamped_review_are_ordered_by_their_receipt() -> None:
    first = Hook(json.dumps(payload("stamped/review")).encode(), {}, RECEIVED)
    edited = {**payload("stamped/review"), "reviewRating": 1}
    later = Hook(json.dumps(edited).encode(), {}, RECEIVED.replace(hour=10))
    (before,), (after,) = stamped.parse(first, HOME), stamped.parse(later, HOME)
    assert isinstance(before, ReviewPosted)
    assert isinstance(after, ReviewPosted)
    assert after.version > before.version
    assert after.posted_at == before.posted_at


def test_every_review_of_judgeme_is_read_page_by_page(judge: Judge) -> None:
    judge.reviews = [judged(number) for number in range(1, 251)]
    judge.reviews[7]["rating"] = "many"
    pages = every_page(lambda asked: judgeme.read_page(judge_api(judge), HOME, asked))
    assert [len(page.pictures) for page in pages] == [100, 100, 50]
    assert sorted(ids(pages), key=int) == [str(number) for number in range(1, 251)]
    (odd,) = [one for page in pages for one in page.pictures if one.fault]
    assert (odd.external_id, odd.events) == ("8", ())
    assert {request.headers["x-api-token"] for request in judge.requests} == {judge_fake.TOKEN}
    assert all("api_token" not in request.query for request in judge.requests)


def test_a_review_written_while_judgeme_is_read_pushes_none_out(judge: Judge) -> None:
    judge.reviews = [judged(number) for number in range(1, 151)]

    def read(asked: Asked) -> Page:
        page = judgeme.read_page(judge_api(judge), HOME, asked)
        number = len(judge.reviews) + 1
        judge.reviews.append(judged(number, "2026-11-21T10:00:00+00:00"))
        return page

    assert {str(number) for number in range(1, 151)} <= set(ids(every_page(read)))


def test_judgeme_is_read_no_further_than_where_nothing_changed(judge: Judge) -> None:
    judge.reviews = [judged(number) for number in range(1, 301)]
    news = "2026-11-21T10:00:00+00:00"
    judge.reviews += [judged(301, news), judged(302, updated_at=news)]
    since = datetime(2026, 11, 21, 10, tzinfo=UTC)
    pages = every_page(lambda asked: judgeme.read_page(judge_api(judge), HOME, asked), since)
    assert sorted(ids(pages)) == ["301", "302"]
    assert len(pages) == 2


def test_the_token_goes_the_older_way_where_its_header_is_not_taken(judge: Judge) -> None:
    judge.takes_header = False
    judge.reviews = [judged(1)]
    assert ids([judgeme.read_page(judge_api(judge), HOME, Asked("reviews", None))]) == ["1"]


def test_refusals_of_judgeme_say_what_to_mend(judge: Judge) -> None:
    asked = Asked("reviews", None)
    with pytest.raises(Rejected, match="token"):
        judgeme.read_page(judge_api(judge, "wrong"), HOME, asked)
    with pytest.raises(Rejected, match="shop_domain"):
        judgeme.read_page(judge_api(judge, shop_domain=""), HOME, asked)
    with pytest.raises(Rejected, match="place"):
        judgeme.read_page(judge_api(judge), HOME, Asked("reviews", None, "x"))
    judge.is_awesome = False
    with pytest.raises(Rejected, match="upgrade"):
        judgeme.arm_hooks(judge_api(judge), ADDRESS, "s")


def test_webhooks_of_judgeme_are_registered_once(judge: Judge) -> None:
    api = judge_api(judge)
    judge.webhooks = [
        {"id": 9, "key": "review/created", "url": "https://other.example.test"},
        {"id": 10, "key": "review/updated", "url": ADDRESS},
    ]
    assert [hook.topic for hook in judgeme.list_hooks(api, ADDRESS)] == ["review/updated"]
    for _ in range(2):
        hooks = judgeme.arm_hooks(api, ADDRESS, "s")
        assert {hook.topic for hook in hooks} == set(judgeme.HOOKS)
        assert all(hook.active and hook.address == ADDRESS for hook in hooks)
    assert len(judge.webhooks) == 5


def test_a_webhook_that_somebody_else_just_registered_is_there(judge: Judge) -> None:
    judge.is_raced = True
    assert len(judgeme.arm_hooks(judge_api(judge), ADDRESS, "s")) == len(judgeme.HOOKS)


def yotpo_review(number: int, at: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "title": "Tee",
        "content": "fein",
        "score": 4,
        "votes_up": 0,
        "created_at": "2026-11-01T08:00:00.000Z",
        "updated_at": at,
        "sentiment": 0.9,
        "sku": "P1",
        "name": "Ada B.",
        "email": "ada@example.test",
        "reviewer_type": "verified_buyer",
        "deleted": False,
        "archived": False,
        "escalated": False,
        **changes,
    }


@pytest.mark.parametrize("knows_since", [True, False])
def test_every_review_of_yotpo_that_changed_is_read(yotpo_shop: Yotpo, knows_since: bool) -> None:
    yotpo_shop.knows_since = knows_since
    early, late = "2026-11-20T07:00:00.000Z", "2026-11-20T09:00:00.000Z"
    yotpo_shop.reviews = [yotpo_review(number, early) for number in range(1, 131)]
    yotpo_shop.reviews += [yotpo_review(200, late), yotpo_review(201, late, archived=True)]
    since = datetime(2026, 11, 20, 8, tzinfo=UTC)
    pages = every_page(lambda asked: yotpo.read_page(yotpo_api(yotpo_shop), HOME, asked), since)
    assert ids(pages) == ["200", "201"]
    events = [event for page in pages for one in page.pictures for event in one.events]
    posted, gone = events
    assert isinstance(posted, ReviewPosted)
    assert posted.person
    assert (posted.product_id, posted.verified) == ("P1", True)
    assert (posted.person.email, posted.person.first_name) == ("ada@example.test", None)
    assert isinstance(gone, ReviewDeleted)
    pages = every_page(lambda asked: yotpo.read_page(yotpo_api(yotpo_shop), HOME, asked))
    assert len(ids(pages)) == 132


def test_a_wrong_secret_of_yotpo_is_refused(yotpo_shop: Yotpo) -> None:
    with pytest.raises(Rejected, match="app key and secret"):
        yotpo.read_page(yotpo_api(yotpo_shop, "wrong"), HOME, Asked("reviews", None))


def shop_with_judge(judge: Judge) -> tuple[str, str, str]:
    """Connect a shop and Judge.me beside it; gives slug and both secrets."""
    doors.forget()
    new = NewStore("Tea House", "standard", "EUR", "Europe/Berlin", country="DE")
    app = NewApp(
        "judgeme",
        api_url=f"{judge.url}/api/v1",
        api_key=judge_fake.TOKEN,
        options={"shop_domain": judge_fake.SHOP},
    )
    with db.session() as session:
        store, secret = connect_store(session, new, NOW)
        _app, app_secret = connect_app(session, store, app, NOW)
        return store.slug, secret, app_secret


def test_a_review_posted_beside_a_shop_lands_on_the_buyer_of_its_orders(
    client: FlaskClient, judge: Judge
) -> None:
    slug, secret, app_secret = shop_with_judge(judge)
    order = payload("standard/order-paid")
    order["data"]["customer"] |= {"id": "c-1", "email": "ada@example.test"}
    headers, body = standard_post(secret, order)
    assert client.post(f"/webhooks/{slug}", data=body, headers=headers).status_code == 200
    front = get_front("judgeme")
    told = payload("judgeme/review-updated")
    told["review"]["reviewer"] |= {"external_id": None, "email": "ADA@example.test", "phone": None}
    headers, body = front.post(app_secret, "review/updated", told)
    place = f"/webhooks/{slug}/judgeme"
    assert client.post(f"/webhooks/{slug}", data=body, headers=headers).status_code == 401
    assert client.post(place, data=body + b" ", headers=headers).status_code == 401
    for _ in range(2):
        assert client.post(place, data=body, headers=headers).status_code == 200
        process.drain(clock.now())
    with db.session() as session:
        (review,) = session.scalars(select(Review)).all()
        (buyer,) = session.scalars(select(Buyer)).all()
        assert review.buyer_id == buyer.id
        assert (buyer.orders_count, buyer.last_rating, buyer.open_cases) == (1, 2, 1)
        kept = session.scalars(select(Webhook).where(Webhook.platform == "judgeme")).all()
        assert [row.state for row in kept] == ["done"]


def test_the_past_reviews_of_an_app_beside_a_shop_are_read(
    client: FlaskClient, judge: Judge
) -> None:
    slug, _secret, _app_secret = shop_with_judge(judge)
    judge.reviews = [judged(number) for number in range(1, 121)]
    with db.session() as session:
        assert backfill.begin(session, get_store(session, slug), None, clock.now())
    for _ in range(10):
        if not jobs.read_feeds():
            break
    with db.session() as session:
        assert len(session.scalars(select(Review)).all()) == 120
        (buyer,) = session.scalars(select(Buyer)).all()
        assert buyer.email == "ada@example.test"
        assert buyer.open_cases == 0


def test_the_webhooks_of_an_app_beside_a_shop_are_registered_at_its_own_door(
    client: FlaskClient, judge: Judge
) -> None:
    slug, _secret, _app_secret = shop_with_judge(judge)
    with db.session() as session:
        store_id = get_store(session, slug).id
    hooks.arm(store_id, clock.now())
    assert {one["key"] for one in judge.webhooks} == set(judgeme.HOOKS)
    assert {one["url"].partition("/webhooks/")[2] for one in judge.webhooks} == {f"{slug}/judgeme"}
