"""Webhooks shuffled and doubled, through the door and the workers, end in the same state."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from crm import clock, db, exports
from crm.stores.queries import get_store
from crm.webhooks import process
from tests.fakes.senders import payload
from tests.webhooks.conftest import Sender, connected

News = tuple[str, Any]


def of_standard() -> list[News]:
    """Tell a life of two orders, a customer, a review and a decision, in order."""
    paid = payload("standard/order-paid")
    first = paid["data"] | {"payment_status": "unpaid", "paid_at": None}
    first["updated_at"] = "2026-11-20T17:30:00Z"
    second = paid["data"] | {"id": "1002", "customer": {"email": "ada@example.test"}}
    second |= {"placed_at": "2026-11-21T10:00:00Z", "updated_at": "2026-11-21T10:00:00Z"}
    # A bad one would open a case, which stays open when the review goes: that is work, no fact.
    review = payload("standard/review-created")
    review["data"]["rating"] = 4
    bodies = [
        {"type": "order.created", "timestamp": "2026-11-20T17:30:00Z", "data": first},
        paid,
        paid | {"type": "order.updated"},
        payload("standard/order-delivered"),
        {"type": "order.paid", "timestamp": "2026-11-21T10:00:00Z", "data": second},
        review,
        payload("standard/customer-updated"),
        payload("standard/consent-changed"),
        payload("standard/review-deleted"),
        payload("standard/order-refunded"),
    ]
    return [("", body) for body in bodies]


def of_woocommerce() -> list[News]:
    """Tell the life of a guest's order that ends in the trash, and of another that does not."""
    order = payload("woocommerce/order-processing")
    pending = order | {"status": "pending", "date_paid_gmt": None}
    pending["date_modified_gmt"] = "2026-11-20T16:00:00"
    other = order | {"id": 502, "number": "502", "customer_id": 25}
    return [
        ("order.created", pending),
        ("order.updated", order),
        ("order.created", other),
        ("customer.updated", payload("woocommerce/customer-updated")),
        ("order.updated", payload("woocommerce/order-completed")),
        ("order.updated", payload("woocommerce/order-refunded-partly")),
        ("order.updated", payload("woocommerce/order-refunded-partly") | {"id": 502}),
        ("action.regulars_review", payload("woocommerce/review-posted")),
        ("order.deleted", {"id": 501}),
    ]


def books(
    client: FlaskClient, shop: Sender, news: Sequence[News], dice: random.Random
) -> list[str]:
    """Post news, working the inbox off now and then; gives the store's state."""
    for topic, body in news:
        headers, content = shop.post(body, topic)
        assert client.post(shop.path, data=content, headers=headers).status_code == 200
        if dice.random() < 0.3:
            process.drain(clock.now())
    process.drain(clock.now())
    with db.session() as session:
        failed = session.execute(text("SELECT error FROM webhooks WHERE state <> 'done'")).all()
        assert failed == []
        return list(exports.lines(session, get_store(session, shop.slug), "state"))


@pytest.mark.parametrize(
    ("platform", "told"), [("standard", of_standard), ("woocommerce", of_woocommerce)]
)
def test_shuffled_and_doubled_webhooks_end_in_the_same_books(
    client: FlaskClient, at: Callable[[str], None], platform: str, told: Callable[[], list[News]]
) -> None:
    at("2026-11-26T09:00:00Z")
    dice = random.Random(platform)
    news = told()
    wanted = books(client, connected(platform), news, dice)
    assert len(wanted) >= 3
    for _ in range(5):
        arrival = news + dice.sample(news, 4)
        dice.shuffle(arrival)
        assert books(client, connected(platform), arrival, dice) == wanted
