"""A Shopify shop from end to end: armed, read from its past, posted to, and checked for losses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm import db
from crm.buyers.models import Buyer, Order, Refund
from crm.coupons import create
from crm.coupons.ledger import Occasion, reserve
from crm.imports import backfill, hooks, lookups, reading, reconcile
from crm.imports.queries import FeedProgress, progress
from crm.storefronts import shopify
from crm.stores.connect import NewStore, connect_store
from crm.stores.models import PrivacyRequest, StoreLookup
from crm.stores.queries import get_store_by_id
from crm.webhooks import doors, process
from tests.factories import NOW, make_buyer
from tests.fakes.fronts import shopify as front
from tests.fakes.senders import payload
from tests.fakes.shopify import CLIENT, CLIENT_SECRET, Shop

ORDERS = (
    "order-at-the-counter",
    "order-cancelled",
    "order-delivered",
    "order-edited-smaller",
    "order-fulfilled",
    "order-paid",
    "order-placed",
    "order-refunded-in-dollars",
    "order-refunded-partly",
    "order-test",
)


@dataclass(frozen=True)
class Connected:
    """A store and the shop behind it."""

    id: int
    slug: str
    shop: Shop
    client: FlaskClient

    def posts(self, body: Any, topic: str, at: datetime = NOW) -> None:
        """Let the shop post, and the worker read."""
        headers, content = front.post(CLIENT_SECRET, topic, body)
        del headers["X-Shopify-Triggered-At"]
        answer = self.client.post(f"/webhooks/{self.slug}", data=content, headers=headers)
        assert answer.status_code == 200
        process.drain(at)

    def reads(self, purpose: Any, at: datetime = NOW) -> dict[str, FeedProgress]:
        """Read on until nothing is open; gives what was found."""
        for _ in range(50):
            if not reading.read_on(at):
                break
        with db.session() as session:
            return {one.feed: one for one in progress(session, self.id, purpose)}


@pytest.fixture
def tea(client: FlaskClient) -> Iterator[Connected]:
    """A Shopify shop, connected by the client of an app of its own."""
    doors.forget()
    with Shop() as shop:
        new = NewStore(
            "Tea House",
            "shopify",
            "EUR",
            "Europe/Berlin",
            country="DE",
            secret=CLIENT_SECRET,
            api_url=shop.url,
            api_key=CLIENT,
            api_secret=CLIENT_SECRET,
        )
        with db.session() as session:
            store, _secret = connect_store(session, new, NOW)
        yield Connected(store.id, store.slug, shop, client)


def the_order(name: str = "5917200000001") -> Order:
    with db.session() as session:
        return session.scalars(select(Order).where(Order.external_id == name)).one()


def test_the_past_comes_in_whole_and_says_where_it_ends(tea: Connected) -> None:
    for number in range(1, 31):
        tea.shop.put_order({**payload("shopify/order-paid"), "id": number})
    tea.shop.put_customer(payload("shopify/customer-of-2024"))
    tea.shop.book.scopes.remove("read_all_orders")
    for _ in range(2):
        with db.session() as session:
            backfill.begin(session, get_store_by_id(session, tea.id), None, NOW)
        found = tea.reads("backfill")
        assert (found["orders"].seen, found["orders"].refused) == (31, 1)
        assert found["customers"].seen == 1
    with db.session() as session:
        buyer = session.scalars(select(Buyer)).one()
        assert (buyer.orders_count, buyer.spent_minor) == (30, 30 * 5590)


def test_what_came_by_webhook_is_known_again_and_what_did_not_is_found(tea: Connected) -> None:
    at = (NOW + timedelta(minutes=1)).isoformat()
    for number, stem in enumerate(ORDERS, start=1):
        body = {**payload(f"shopify/{stem}"), "id": number, "updated_at": at}
        tea.posts(body, "orders/updated")
        tea.shop.put_order(body)
    tea.shop.put_order({**payload("shopify/order-paid"), "id": 99, "updated_at": at})
    reconcile.open_due(NOW + timedelta(minutes=20))
    found = tea.reads("reconcile", NOW + timedelta(minutes=20))
    whole = len(ORDERS) + 1
    assert (found["orders"].seen, found["orders"].changed, found["orders"].missed) == (whole, 1, 1)


def test_the_body_of_hours_ago_overwrites_nothing(tea: Connected) -> None:
    tea.posts(payload("shopify/order-delivered"), "orders/updated")
    for stem in ("order-placed", "order-paid", "order-fulfilled"):
        tea.posts(payload(f"shopify/{stem}"), "orders/updated", NOW + timedelta(hours=4))
    order = the_order()
    assert (order.payment_status, order.fulfillment_status) == ("paid", "delivered")


def test_a_refund_counts_once_whichever_way_it_is_told_and_in_any_order(tea: Connected) -> None:
    news = [
        ("refund-of-lines", "refunds/create"),
        ("order-refunded-partly", "orders/updated"),
        ("refund-of-shipping", "refunds/create"),
        ("order-paid", "orders/paid"),
        ("refund-of-lines", "refunds/create"),
    ]
    for stem, topic in news:
        tea.posts(payload(f"shopify/{stem}"), topic)
    order = the_order()
    assert (order.total_minor, order.refunded_minor) == (5590, 1990)
    assert order.payment_status == "partially_refunded"
    with db.session() as session:
        amounts = session.scalars(select(Refund.amount_minor)).all()
        assert sorted(amounts) == [490, 1500]
        assert session.scalars(select(Buyer.spent_minor)).one() == 5590 - 1990


def test_a_delivery_that_left_the_order_untouched_is_read_in_it(tea: Connected) -> None:
    body = payload("shopify/order-fulfilled")
    tea.posts(body, "orders/updated")
    arrived = payload("shopify/fulfillment-updated")
    tea.shop.put_order({**body, "fulfillments": [body["fulfillments"][0], arrived]})
    tea.posts(arrived, "fulfillments/update")
    tea.posts(payload("shopify/fulfillment-event-delivered"), "fulfillment_events/create")
    assert lookups.look_up_due(NOW) == 1
    order = the_order()
    assert order.fulfillment_status == "delivered"
    assert order.delivered_at == datetime(2026, 3, 22, 10, 5, tzinfo=UTC)


def test_an_order_that_the_app_may_not_see_is_not_looked_up_for_ever(tea: Connected) -> None:
    tea.shop.book.scopes.remove("read_all_orders")
    tea.posts(payload("shopify/order-edit"), "orders/edited")
    assert lookups.look_up_due(NOW) == 1
    with db.session() as session:
        assert session.scalar(select(func.count()).select_from(StoreLookup)) == 0
        assert session.scalar(select(func.count()).select_from(Order)) == 0


def test_a_redacted_customer_goes_at_once_and_the_request_is_kept(tea: Connected) -> None:
    tea.posts(payload("shopify/order-paid"), "orders/paid")
    tea.posts(payload("shopify/privacy-access"), "customers/data_request")
    tea.posts(payload("shopify/privacy-erasure"), "customers/redact")
    with db.session() as session:
        buyer = session.scalars(select(Buyer)).one()
        assert (buyer.email, buyer.first_name, buyer.orders_count) == (None, None, 1)
        asked = session.execute(select(PrivacyRequest.kind, PrivacyRequest.done_at)).all()
        assert {kind: done is not None for kind, done in asked} == {
            "access": False,
            "erasure": True,
        }


def test_what_shopify_deleted_is_registered_again(tea: Connected) -> None:
    assert {hook.topic for hook in hooks.arm(tea.id, NOW)} == set(shopify.HOOKS)
    assert all(hook["uri"].endswith(f"/webhooks/{tea.slug}") for hook in tea.shop.book.hooks)
    del tea.shop.book.hooks[2:5]
    hooks.check_all(NOW)
    assert len(tea.shop.book.hooks) == len(shopify.HOOKS)


def test_a_reserved_code_goes_live_for_the_buyer_alone(tea: Connected) -> None:
    offer = {"percent": 20, "valid_days": 14, "minimum": "30.00", "prefix": "BDAY"}
    with db.session() as session:
        store = get_store_by_id(session, tea.id)
        buyer = make_buyer(session, store)
        tea.shop.put_customer({**payload("shopify/customer-created"), "email": buyer.email})
        coupon_id = reserve(session, store, Occasion(7, "2026", buyer.id), offer, NOW).id
    coupon = create.ensure(tea.id, coupon_id, NOW)
    assert coupon.state == "live"
    (kept,) = tea.shop.book.discounts.values()
    assert kept["context"]["customers"]["add"] == ["gid://shopify/Customer/7344071237001"]
    assert (kept["fraction"], kept["usageLimit"]) == (0.2, 1)
