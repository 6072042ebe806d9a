"""Refunds told by themselves: they count whichever comes first, they or the order's picture."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import ingest
from crm.buyers.models import Buyer, Order
from crm.buyers.models import Refund as Row
from crm.events import Event, Refund, RefundPosted
from crm.stores.models import Store
from tests.factories import NOW, make_store, order_event, version


def posted(name: str, amount: int) -> RefundPosted:
    """Make the news of one refund of order 1001."""
    return RefundPosted(version(), "1001", Refund(name, amount, NOW - timedelta(minutes=5)))


def pictured(hours: int, **changes: Any) -> Event:
    """Make a picture of order 1001 some hours later."""
    return order_event(version=version(NOW + timedelta(hours=hours)), **changes)


def listed(name: str, amount: int) -> Refund:
    """Make a refund as the order lists it."""
    return Refund(name, amount, NOW - timedelta(minutes=5))


def state(session: Session, store: Store, events: tuple[Event, ...]) -> list[Any]:
    """Apply events; gives what an order and its buyer came to."""
    for event in events:
        ingest.apply(session, store, event, live=True, now=NOW)
    order = session.scalars(select(Order).where(Order.store_id == store.id)).one()
    buyer = session.get_one(Buyer, (store.id, order.buyer_id))
    session.refresh(buyer)
    rows = session.execute(
        select(Row.external_id, Row.amount_minor, Row.refunded_at)
        .where(Row.store_id == store.id)
        .order_by(Row.external_id)
    )
    return [
        order.refunded_minor,
        order.payment_status,
        order.total_minor,
        order.placed_at,
        (buyer.orders_count, buyer.spent_minor, buyer.refunded_minor),
        *rows.all(),
    ]


@pytest.mark.parametrize(
    ("events", "refunded", "payment"),
    [
        ((pictured(0), posted("a", 1000)), 1000, "partially_refunded"),
        ((pictured(0), posted("a", 1000), posted("b", 4990)), 5990, "refunded"),
        (
            (pictured(0), posted("a", 1000), pictured(1, refunds=(listed("a", 1000),))),
            1000,
            "partially_refunded",
        ),
        (
            (pictured(1, refunds=(listed("a", 1000),)), posted("b", 500), posted("b", 500)),
            1500,
            "partially_refunded",
        ),
        # The picture saw it pending, the news saw it done.
        ((pictured(1, refunds=(listed("a", 0),)), posted("a", 700)), 700, "partially_refunded"),
        # A platform that tells only a total means these refunds by it.
        ((pictured(1, refunded_minor=1200), posted("a", 1000)), 1200, "partially_refunded"),
        ((pictured(1, refunded_minor=300), posted("a", 1000)), 1000, "partially_refunded"),
    ],
)
def test_any_order_of_arrival_ends_the_same(
    session: Session, events: tuple[Event, ...], refunded: int, payment: str
) -> None:
    ends = [state(session, make_store(session), arrival) for arrival in permutations(events)]
    assert ends[0][:2] == [refunded, payment]
    assert ends[0][4] == (1, 5990 - refunded, refunded)
    assert all(end == ends[0] for end in ends)


def test_the_same_refund_told_twice_is_one(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, order_event(), live=True, now=NOW)
    first = ingest.apply(session, store, posted("a", 100), live=True, now=NOW)
    second = ingest.apply(session, store, posted("a", 100), live=True, now=NOW)
    assert (first, second) == ("applied", "older")


def test_a_refund_of_an_order_nobody_knows_waits_for_it(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, posted("a", 100), live=True, now=NOW)
    order = session.scalars(select(Order).where(Order.store_id == store.id)).one()
    assert (order.refunded_minor, order.status, order.buyer_id) == (100, "cancelled", None)
