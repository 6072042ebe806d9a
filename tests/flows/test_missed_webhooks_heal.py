"""A WooCommerce shop on a socket: webhooks lost, doubled and shuffled, one look: all is right."""

import json
import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from crm import db, exports, ingest
from crm.imports import reading, reconcile
from crm.storefronts import Hook, home_of, woocommerce
from crm.stores.connect import NewStore, connect_store
from crm.stores.models import Store
from crm.webhooks import doors, process
from tests.factories import NOW
from tests.fakes.senders import payload, woo_post
from tests.fakes.woocommerce import KEY, SECRET, Shop

LATER = NOW + timedelta(hours=8)
_PRICES = (1200, 3240, 9900)


@dataclass
class Life:
    """Some hours of a shop: what it keeps, and what it told on the way."""

    shop: Shop
    dice: random.Random
    clock: datetime = NOW
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def live(self) -> None:
        """Let three people buy, one through the other."""
        acts = [act for number in range(1, 4) for act in [self._acts_of(number)]]
        while acts:
            mine = self.dice.choice(acts)
            self.clock += timedelta(seconds=self.dice.randint(1, 600))
            mine.pop(0)()
            acts = [one for one in acts if one]

    def _acts_of(self, number: int) -> list[Callable[[], None]]:
        """Give what one person does; one who registers late was a guest before."""
        registers_at = self.dice.choice((0, 1, None))
        acts: list[Callable[[], None]] = []
        for turn in (0, 1):
            if registers_at == turn:
                acts.append(lambda: self._register(number))
            is_known = registers_at is not None and turn >= registers_at
            acts += self._order(number, 10 * number + turn, is_known=is_known)
        if self.dice.random() < 0.6:
            acts.append(lambda: self._review(number))
        return acts

    def _register(self, number: int) -> None:
        self.shop.customer(number, self._now(), email=f"buyer{number}@example.test")
        self._tell("customer.created", self.shop.customers[number])

    def _order(self, person: int, number: int, *, is_known: bool) -> list[Callable[[], None]]:
        """Give the acts of an order: placed, paid, then sent, refunded or thrown away."""
        cents = self.dice.choice(_PRICES)

        def place() -> None:
            billing = payload("woocommerce/order-processing")["billing"]
            self.shop.order(
                number,
                self._now(),
                status="pending",
                date_created_gmt=self._now(),
                date_paid_gmt=None,
                date_completed_gmt=None,
                customer_id=person if is_known else 0,
                billing=billing | {"email": f"buyer{person}@example.test", "phone": ""},
                total=f"{cents / 100:.2f}",
                meta_data=[],
            )
            self._tell("order.created", self.shop.orders[number])

        acts = [place, lambda: self._change(number, status="processing", date_paid_gmt="now")]
        if self.dice.random() < 0.5:
            acts.append(lambda: self._change(number, status="completed", date_completed_gmt="now"))
        acts += [lambda: self._refund(number)] * self.dice.choice((0, 0, 1, 2))
        if self.dice.random() < 0.15:
            acts.append(lambda: self._throw_away(number))
        return acts

    def _change(self, number: int, **changes: Any) -> None:
        order = self.shop.orders[number]
        said = {name: self._now() if text == "now" else text for name, text in changes.items()}
        order.update(said, date_modified_gmt=self._now())
        self._tell("order.updated", order)

    def _refund(self, number: int) -> None:
        known = self.shop.orders[number]["refunds"]
        fresh = {
            "id": number * 100 + len(known),
            "reason": "",
            "total": f"-{self.dice.randint(1, 500) / 100:.2f}",
            "date_created_gmt": self._now(),
        }
        self._change(number, refunds=[*known, fresh])

    def _throw_away(self, number: int) -> None:
        self.shop.orders[number].update(status="trash", date_modified_gmt=self._now())
        self.told.append(("order.deleted", {"id": number}))

    def _review(self, person: int) -> None:
        mail = f"buyer{person}@example.test"
        stars = self.dice.randint(1, 5)
        self.shop.review(person, self._now(), reviewer_email=mail, rating=stars)
        self._tell("review.created", self.shop.reviews[person])

    def _tell(self, topic: str, whole: dict[str, Any]) -> None:
        self.told.append((topic, deepcopy(whole)))

    def _now(self) -> str:
        return f"{self.clock:%Y-%m-%dT%H:%M:%S}"


@pytest.mark.parametrize("seed", range(16))
def test_what_was_lost_on_the_way_is_read_in_the_shop(
    seed: int, client: FlaskClient, at: Callable[[str], None]
) -> None:
    at(LATER.isoformat())
    doors.forget()
    dice = random.Random(seed)
    with Shop() as shop:
        life = Life(shop, dice)
        life.live()
        wanted = in_order(life)
        store = connected(shop)
        for topic, whole in arrival(dice, life):
            headers, body = woo_post("hook-secret", topic, whole)
            answer = client.post(f"/webhooks/{store.slug}", data=body, headers=headers)
            assert answer.status_code == 200
        while process.drain(LATER):
            pass
        with db.session() as session:
            assert reconcile.begin(session, session.get_one(Store, store.id), LATER) == 3
        while reading.read_on(LATER):
            pass
    assert state_of(store) == wanted


def arrival(dice: random.Random, life: Life) -> list[tuple[str, dict[str, Any]]]:
    """Lose a third of what was told, double a fifth, shuffle all."""
    sent = [one for one in life.told for _ in range(dice.choices((0, 1, 2), (35, 45, 20))[0])]
    dice.shuffle(sent)
    return sent


def in_order(life: Life) -> list[str]:
    """Give the state of a shop of which every webhook came, in order."""
    store = connected(None)
    with db.session() as session:
        home = home_of(session.get_one(Store, store.id))
        for topic, whole in life.told:
            headers = {"x-wc-webhook-topic": topic}
            hook = Hook(json.dumps(whole).encode(), headers, LATER)
            for event in woocommerce.parse(hook, home):
                whose = session.get_one(Store, store.id)
                ingest.apply(session, whose, event, live=True, now=LATER)
    return state_of(store)


def connected(shop: Shop | None) -> Store:
    """Connect a store, with access to its shop's interface if it has one."""
    api = {"api_url": shop.url, "api_key": KEY, "api_secret": SECRET} if shop else {}
    new = NewStore("Tea", "woocommerce", "EUR", "Europe/Berlin", secret="hook-secret", **api)
    with db.session() as session:
        store, _secret = connect_store(session, new, NOW)
    return store


def state_of(store: Store) -> list[str]:
    """Export a store's books."""
    with db.session() as session:
        return list(exports.lines(session, session.get_one(Store, store.id), "state"))
