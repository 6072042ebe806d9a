"""Saleor at the door, over a real socket: its keys may change, or be out of reach for a while."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from crm import clock, db
from crm.buyers.models import Order
from crm.storefronts import _jwks
from crm.stores.connect import NewStore, connect_store
from crm.stores.queries import get_store
from crm.stores.secrets import rotate_secret
from crm.webhooks import process
from crm.webhooks.models import Webhook
from tests.factories import NOW
from tests.fakes.fronts.saleor import post
from tests.fakes.saleor import TOKEN, Saleor, SigningKey
from tests.fakes.senders import payload, raw

OTHER = SigningKey()
PAID = raw("saleor/order-fully-paid")


@dataclass(frozen=True)
class Line:
    """A shop, the store it is here, and the address of our web server."""

    shop: Saleor
    slug: str
    base: str

    def send(self, body: bytes, topic: str = "order_updated", secret: str = "") -> int:
        """Post a body signed as the shop does; gives the status."""
        headers, content = post(secret, topic, body, self.shop)
        return self.talk(headers, content)[0]

    def talk(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Post over a socket; gives the status and the headers of the answer."""
        place = urlsplit(self.base)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
        try:
            connection.request("POST", f"/webhooks/{self.slug}", body, headers)
            answer = connection.getresponse()
            assert answer.read() == b""
            return answer.status, dict(answer.getheaders())
        finally:
            connection.close()


def connected(shop: Saleor, base: str, **changes: Any) -> Line:
    """Connect a shop by the address of its interface, and whatever else is said."""
    said = {"api_url": shop.url, "api_key": TOKEN, **changes}
    new = NewStore("Tea House", "saleor", "EUR", "Europe/Berlin", country="DE", **said)
    with db.session() as session:
        store, secret = connect_store(session, new, NOW)
        assert secret == (changes.get("secret") or "")
        return Line(shop, store.slug, base)


@pytest.fixture
def shop() -> Iterator[Saleor]:
    """A shop whose keys nobody has read yet."""
    _jwks.forget()
    with Saleor() as opened:
        yield opened
    _jwks.forget()


@pytest.fixture
def line(shop: Saleor, serve: str) -> Line:
    """The shop, connected without a secret."""
    return connected(shop, serve)


def kept() -> list[Webhook]:
    with db.session() as session:
        return list(session.scalars(select(Webhook).order_by(Webhook.id)))


def test_a_paid_order_is_taken_in_once_however_often_it_is_posted(line: Line) -> None:
    for _ in range(3):
        assert line.send(PAID, "order_fully_paid") == 200
    (row,) = kept()
    assert (row.topic, row.body) == ("order_fully_paid", PAID)
    assert {name for name in row.headers if not name.startswith(("saleor-", "x-saleor-"))} == {
        "content-type"
    }
    process.drain(clock.now())
    with db.session() as session:
        order = session.scalars(select(Order)).one()
        assert (order.number, order.total_minor, order.payment_status) == ("1042", 3240, "paid")
    assert line.shop.seen == ["keys"]


def test_one_body_of_two_events_is_two_deliveries(line: Line) -> None:
    assert line.send(PAID, "order_updated") == line.send(PAID, "order_fully_paid") == 200
    assert {row.topic for row in kept()} == {"order_updated", "order_fully_paid"}


def test_the_last_event_of_one_instant_to_arrive_need_not_be_the_newest(line: Line) -> None:
    created = payload("saleor/order-fully-paid")
    created["order"] |= {"isPaid": False, "chargeStatus": "NONE", "transactions": []}
    created["order"]["totalCharged"] = {"amount": 0.0, "currency": "EUR"}
    assert line.send(PAID, "order_fully_paid") == 200
    assert line.send(json.dumps(created).encode(), "order_updated") == 200
    process.drain(clock.now())
    with db.session() as session:
        assert session.scalars(select(Order)).one().payment_status == "paid"


def test_a_stranger_s_key_is_401_and_makes_nobody_hammer_the_shop(line: Line) -> None:
    assert line.send(PAID) == 200
    headers, body = post("", "order_updated", raw("saleor/order-cancelled"), line.shop)
    headers |= {"Saleor-Signature": OTHER.sign(body)}
    with ThreadPoolExecutor(4) as pool:
        answers = [one[0] for one in pool.map(lambda _n: line.talk(headers, body), range(12))]
    assert set(answers) == {401}
    assert line.shop.seen == ["keys", "keys"]
    assert len(kept()) == 1


def test_a_changed_key_is_followed_at_once(line: Line) -> None:
    assert line.send(PAID) == 200
    before = post("", "order_updated", raw("saleor/order-refunded-partly"), line.shop)
    line.shop.key = OTHER
    assert line.send(raw("saleor/order-cancelled")) == 200
    assert line.talk(*before)[0] == 401
    assert line.shop.seen == ["keys", "keys"]


def test_while_the_keys_are_out_of_reach_the_shop_is_asked_to_come_again(line: Line) -> None:
    line.shop.keys_answer = (404, None)
    headers, body = post("", "order_updated", PAID, line.shop)
    for _ in range(3):
        status, told = line.talk(headers, body)
        assert (status, told["Retry-After"]) == (503, "30")
    assert kept() == []
    line.shop.keys_answer = None
    _jwks.forget()
    assert line.talk(headers, body)[0] == 200
    assert len(kept()) == 1


def test_a_new_key_that_cannot_be_read_yet_is_503_and_the_old_one_200(line: Line) -> None:
    assert line.send(PAID) == 200
    line.shop.keys_answer = (404, None)
    fresh = post("", "order_updated", PAID, line.shop)
    fresh[0]["Saleor-Signature"] = OTHER.sign(PAID)
    assert line.talk(*fresh)[0] == 503
    assert line.send(raw("saleor/order-cancelled")) == 200


def test_with_a_secret_the_older_signature_counts(shop: Saleor, serve: str) -> None:
    line = connected(shop, serve, secret="s3cr3t", api_url=None, api_key=None)
    assert line.send(PAID, secret="s3cr3t") == 200
    assert line.send(raw("saleor/order-cancelled"), secret="other") == 401
    assert line.send(raw("saleor/order-cancelled")) == 401
    assert len(kept()) == 1
    assert shop.seen == []


def test_a_store_may_leave_its_secret_for_the_keys(shop: Saleor, serve: str) -> None:
    line = connected(shop, serve, secret="s3cr3t")
    assert line.send(PAID, secret="s3cr3t") == 200
    with db.session() as session:
        assert rotate_secret(session, get_store(session, line.slug), NOW) == ""
    assert line.send(raw("saleor/order-cancelled")) == 200
    assert line.send(raw("saleor/order-refunded-partly"), secret="s3cr3t") == 200


def test_the_place_of_the_keys_may_be_told(shop: Saleor, serve: str) -> None:
    line = connected(shop, serve, api_url=None, api_key=None, jwks_url=shop.keys_url)
    assert line.send(PAID) == 200


def test_a_store_that_knows_neither_key_nor_secret_takes_nothing(shop: Saleor, serve: str) -> None:
    line = connected(shop, serve, api_url=None, api_key=None)
    assert line.send(PAID) == 401
    assert line.send(PAID, secret="x") == 401
