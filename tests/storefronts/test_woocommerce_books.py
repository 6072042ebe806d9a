"""WooCommerce's news in the books: what comes twice, by two ways or late ends the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import ingest
from crm.buyers import consent
from crm.buyers.models import Buyer, Consent, Order, Review
from crm.events import Event
from crm.storefronts import ApiAccess, Asked, Home, Hook, woocommerce
from crm.stores.models import Store
from tests.factories import NOW, make_store
from tests.fakes.senders import payload, woo_post
from tests.fakes.woocommerce import KEY, SECRET, Shop

HOME = Home("EUR", "Europe/Berlin", "DE", "de", dict(woocommerce.OPTIONS))
SAID = {
    "channel": "email",
    "status": "granted",
    "at": "2026-11-20T16:00:00Z",
    "text": "Yes, send me offers.",
    "version": "0123456789ab",
}


def posted(topic: str, body: Any, at: datetime = NOW) -> tuple[Event, ...]:
    headers, content = woo_post("s", topic, body)
    lower = {name.lower(): text for name, text in headers.items()}
    return woocommerce.parse(Hook(content, lower, at), HOME)


def listed(shop: Shop, feed: Any) -> list[Event]:
    api = ApiAccess(shop.url, KEY, SECRET, "EUR", HOME.options)
    found: list[Event] = []
    bookmark = None
    while True:
        page = woocommerce.read_page(api, HOME, Asked(feed, None, bookmark))
        found += [event for picture in page.pictures for event in picture.events]
        bookmark = page.bookmark
        if bookmark is None:
            return found


def take(session: Session, store: Store, *events: Event) -> list[str]:
    return [ingest.apply(session, store, one, live=True, now=NOW) for one in events]


def test_an_order_that_came_by_webhook_is_nothing_new_when_it_is_read(session: Session) -> None:
    store = make_store(session, platform="woocommerce")
    with Shop() as shop:
        body = shop.order(501, "2026-11-20T16:05:00")
        first = take(session, store, *posted("order.created", body))
        again = take(session, store, *listed(shop, "orders"))
    assert (first, again) == (["applied"], ["older"])


def test_a_tick_at_the_checkout_is_consent_until_the_buyer_takes_it_back(session: Session) -> None:
    store = make_store(session, platform="woocommerce")
    body = payload("woocommerce/order-processing")
    body["meta_data"] = [{"key": "_regulars_consent", "value": SAID}]
    take(session, store, *posted("order.created", body))
    buyer = session.scalars(select(Buyer)).one()
    kept = session.scalars(select(Consent)).one()
    assert (kept.channel, kept.status) == ("email", "granted")
    away = consent.Decision("email", "withdrawn", "page", NOW + timedelta(hours=1), own_act=True)
    consent.record_consent(session, store, buyer, away, NOW + timedelta(hours=1))
    later = body | {"status": "completed", "date_modified_gmt": "2026-11-22T09:00:00"}
    take(session, store, *posted("order.updated", later))
    session.refresh(kept)
    assert kept.status == "withdrawn"


def test_the_trash_takes_a_sale_away_and_gives_it_back(session: Session) -> None:
    store = make_store(session, platform="woocommerce")
    with Shop() as shop:
        for moment, status in (("05", "processing"), ("06", "trash"), ("07", "processing")):
            shop.order(501, f"2026-11-20T16:{moment}:00", status=status)
            take(session, store, *listed(shop, "orders"))
            order = session.scalars(select(Order)).one()
            assert (order.deleted_at is not None) == (status == "trash")


def test_a_review_read_and_posted_by_the_plugin_is_one(session: Session) -> None:
    store = make_store(session, platform="woocommerce")
    with Shop() as shop:
        told = shop.review(20, "2026-11-20T12:00:00", rating=2)
        take(session, store, *listed(shop, "reviews"))
        edited = told | {"rating": 5, "date_modified_gmt": "2026-11-21T08:00:00", "customer_id": 25}
        take(session, store, *posted("review.updated", edited))
        take(session, store, *listed(shop, "reviews"))
    review = session.scalars(select(Review)).one()
    assert (review.rating, review.deleted_at) == (5, None)
    assert review.posted_at == datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
