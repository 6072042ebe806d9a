"""A Saleor shop from end to end: armed, read from its past, posted to, and checked for losses."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm import db, exports, ingest
from crm.buyers.models import Buyer, Order
from crm.coupons import create
from crm.coupons.ledger import Occasion, reserve
from crm.events import LookUp, Noted
from crm.imports import backfill, hooks, lookups, reading, reconcile
from crm.imports.queries import FeedProgress, progress
from crm.storefronts import _jwks, saleor
from crm.stores.connect import NewStore, connect_store
from crm.stores.queries import get_store_by_id
from crm.webhooks import doors, process
from tests.factories import NOW, make_buyer, make_store
from tests.fakes.fronts import get_front, home
from tests.fakes.fronts.saleor import CASES, post
from tests.fakes.saleor import TOKEN, Saleor
from tests.fakes.senders import payload

NAME = "T3JkZXI6MGI4ZjJmNGUtNmMxZC00YjQzLTlhNTQtMGYzYTFjN2Q1ZTAx"
STEMS = sorted(set(CASES) - {"error-instead"})


@dataclass(frozen=True)
class Connected:
    """A store and the shop behind it."""

    id: int
    slug: str
    shop: Saleor
    client: FlaskClient

    def posts(self, body: Any, topic: str, at: datetime = NOW) -> None:
        """Let the shop post, and the worker read."""
        headers, content = post("", topic, json.dumps(body).encode(), self.shop)
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
    """A Saleor shop, connected by its address and token."""
    _jwks.forget()
    doors.forget()
    with Saleor() as shop:
        shop.open_channel("default-channel", "EUR")
        said = {"api_url": shop.url, "api_key": TOKEN}
        new = NewStore("Tea House", "saleor", "EUR", "Europe/Berlin", country="DE", **said)
        with db.session() as session:
            store, _secret = connect_store(session, new, NOW)
        yield Connected(store.id, store.slug, shop, client)
    _jwks.forget()


def order_of(number: int, updated_at: datetime, **changes: Any) -> dict[str, Any]:
    told = payload("saleor/order-fully-paid")["order"]
    name = f"{NAME}{number}"
    return {
        **told,
        "id": name,
        "number": str(number),
        "updatedAt": updated_at.isoformat(),
        **changes,
    }


def orders() -> dict[str, str]:
    with db.session() as session:
        return {row.number: row.payment_status for row in session.scalars(select(Order))}


def test_the_past_comes_in_whole_and_once(tea: Connected) -> None:
    tea.shop.page = 3
    for number in range(1, 9):
        told = order_of(number, NOW - timedelta(days=90, minutes=-number))
        tea.shop.orders[told["id"]] = told
    tea.shop.customers["VXNlcjo3Nw=="] = payload("saleor/customer-created")["user"]
    for _ in range(2):
        with db.session() as session:
            backfill.begin(session, get_store_by_id(session, tea.id), None, NOW)
        found = tea.reads("backfill")
        assert (found["orders"].seen, found["orders"].refused) == (8, 0)
    assert len(orders()) == 8
    with db.session() as session:
        buyer = session.scalars(select(Buyer)).one()
        assert (buyer.orders_count, buyer.spent_minor) == (8, 8 * 3240)
        assert buyer.first_name == "Jon"


def test_what_came_by_webhook_is_known_again_and_what_did_not_is_found(tea: Connected) -> None:
    at = NOW + timedelta(minutes=1)
    came, lost = order_of(1, at), order_of(2, at)
    tea.shop.orders |= {came["id"]: came, lost["id"]: lost}
    tea.posts({"issuedAt": at.isoformat(), "order": came}, "order_fully_paid")
    reconcile.open_due(NOW + timedelta(minutes=20))
    found = tea.reads("reconcile", NOW + timedelta(minutes=20))
    assert (found["orders"].seen, found["orders"].changed, found["orders"].missed) == (2, 1, 1)
    assert orders() == {"1": "paid", "2": "paid"}


def test_an_older_body_is_completed_by_a_look(tea: Connected) -> None:
    told = payload("saleor/legacy-order-created")
    full = order_of(2001, datetime(2026, 11, 19, 9, 0, 0, 900_000, tzinfo=UTC), id=told[0]["id"])
    tea.shop.orders[full["id"]] = full
    tea.posts(told, "order_created")
    assert orders() == {"2001": "unpaid"}
    assert lookups.look_up_due(NOW) == 1
    assert orders() == {"2001": "paid"}


def test_a_deleted_customer_goes_and_her_order_stays(tea: Connected) -> None:
    tea.posts(payload("saleor/order-fully-paid"), "order_fully_paid")
    tea.posts(payload("saleor/customer-deleted"), "customer_deleted")
    with db.session() as session:
        assert session.scalars(select(Buyer.email)).all() == [None]
        assert session.scalar(select(func.count()).select_from(Order)) == 1


def test_a_year_in_any_order_with_repeats_ends_the_same(tea: Connected) -> None:
    front = get_front("saleor")
    told = [saleor.parse(front.case("", stem), home("saleor")) for stem in STEMS]
    events = [one for two in told for one in two if not isinstance(one, LookUp | Noted)]
    events.sort(key=lambda event: event.version)
    ends = []
    for seed in range(12):
        dice = random.Random(seed)
        shuffled = [*events, *dice.sample(events, 4)]
        dice.shuffle(shuffled)
        with db.session() as session:
            store = make_store(session, platform="saleor", slug="shuffled")
            for event in events if seed == 0 else shuffled:
                ingest.apply(session, store, event, live=True, now=NOW)
            ends.append(sorted(exports.lines(session, store, "state")))
            session.rollback()
    assert len(ends[0]) > 5
    assert all(end == ends[0] for end in ends)


def test_the_webhook_is_registered_and_mended(tea: Connected) -> None:
    assert {hook.topic for hook in hooks.arm(tea.id, NOW)} == set(saleor.HOOKS)
    (webhook,) = tea.shop.webhooks.values()
    assert webhook["targetUrl"].endswith(f"/webhooks/{tea.slug}")
    webhook["isActive"] = False
    assert hooks.check_all(NOW) == len(saleor.HOOKS)
    assert webhook["isActive"] is True
    assert len(tea.shop.webhooks) == 1


def test_a_reserved_code_goes_live_in_the_channel(tea: Connected) -> None:
    offer = {"percent": 20, "valid_days": 14, "minimum": "30.00", "prefix": "BDAY"}
    with db.session() as session:
        store = get_store_by_id(session, tea.id)
        buyer = make_buyer(session, store)
        coupon_id = reserve(session, store, Occasion(7, "2026", buyer.id), offer, NOW).id
    live = create.ensure(tea.id, coupon_id, NOW)
    assert (live.state, live.error) == ("live", None)
    (voucher,) = tea.shop.vouchers.values()
    (listing,) = voucher["channelListings"]
    assert live.external_id == voucher["id"]
    assert (listing["discountValue"], listing["minSpent"]["amount"]) == (20, 30)
    assert voucher["endDate"] == "2026-12-05T22:59:59+00:00"
