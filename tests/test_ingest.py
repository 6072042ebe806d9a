from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import get_args

from sqlalchemy import event as listen
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import db, ingest
from crm.buyers.models import Buyer, Order, OrderItem, Refund, Review
from crm.cases.models import Case
from crm.events import Event, Noted
from crm.events import Refund as RefundEvent
from tests.factories import (
    NOW,
    buyer_event,
    consent_event,
    erased_event,
    make_store,
    order_deleted,
    order_event,
    person,
    review_deleted,
    review_event,
    version,
)


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that go to the database inside the block."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]
        seen.append(statement)

    listen.listen(db.engine(), "before_cursor_execute", note)
    yield seen
    listen.remove(db.engine(), "before_cursor_execute", note)


def test_every_event_there_is_has_a_fact() -> None:
    assert set(ingest.FACTS) == set(get_args(Event))


def test_an_order_becomes_a_buyer_with_figures(session: Session) -> None:
    store = make_store(session)
    outcome = ingest.apply(session, store, order_event(), live=True, now=NOW)
    buyer = session.scalars(select(Buyer)).one()
    assert outcome == "applied"
    assert (buyer.email, buyer.first_name, buyer.city) == ("ada@example.test", "Ada", "Berlin")
    assert (buyer.orders_count, buyer.spent_minor) == (1, 5990)
    assert (buyer.timezone, buyer.timezone_source) == ("Europe/Berlin", "address")
    assert session.scalars(select(OrderItem.title)).all() == ["Green tea"]


def test_a_repeat_changes_nothing_and_is_called_older(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, order_event(), live=True, now=NOW)
    assert ingest.apply(session, store, order_event(), live=True, now=NOW) == "older"
    assert session.scalar(select(func.count()).select_from(Order)) == 1
    assert session.scalars(select(Buyer.orders_count)).one() == 1


def test_the_same_picture_by_another_way_is_called_older(session: Session) -> None:
    store = make_store(session)
    posted = order_event(version=version(NOW, 0, "0 the bytes of a webhook"))
    listed = order_event(version=version(NOW, 0, "9 the bytes of a list"))
    assert ingest.apply(session, store, posted, live=True, now=NOW) == "applied"
    assert ingest.apply(session, store, listed, live=False, now=NOW) == "older"


def test_many_orders_take_few_statements(session: Session) -> None:
    store = make_store(session)
    people = [person(external_id=str(n), email=f"b{n}@example.test", phone=None) for n in range(12)]
    given = [order_event(external_id=str(n), person=people[n % 12]) for n in range(30)]
    with counted() as statements:
        outcomes = ingest.apply_all(session, store, given, live=False, now=NOW)
    assert outcomes == ["applied"] * 30
    assert len(statements) <= 20, "\n".join(one[:90] for one in statements)
    assert session.scalar(select(func.sum(Buyer.orders_count))) == 30


def test_only_paid_uncancelled_real_orders_count(session: Session) -> None:
    store = make_store(session)
    for number, changes in enumerate(
        (
            {},
            {"payment_status": "unpaid", "paid_at": None},
            {"status": "cancelled", "cancelled_at": NOW},
            {"test": True},
            {"payment_status": "refunded", "refunded_minor": 5990},
            {"currency": "USD"},
        )
    ):
        given = order_event(external_id=str(number), **changes)
        ingest.apply(session, store, given, live=False, now=NOW)
    buyer = session.scalars(select(Buyer)).one()
    assert buyer.orders_count == 3
    assert (buyer.spent_minor, buyer.refunded_minor) == (5990, 5990)


def test_an_order_that_changes_hands_is_counted_with_its_new_buyer_only(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, order_event(), live=False, now=NOW)
    other = order_event(
        version=version(NOW + timedelta(minutes=1)),
        person=person(external_id="78", email="bo@example.test"),
    )
    ingest.apply(session, store, other, live=False, now=NOW)
    counts = {buyer.email: buyer.orders_count for buyer in session.scalars(select(Buyer))}
    assert counts == {"ada@example.test": 0, "bo@example.test": 1}


def test_a_deleted_order_never_counts_even_when_its_picture_comes_late(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, order_deleted(), live=False, now=NOW)
    assert ingest.apply(session, store, order_event(), live=False, now=NOW) == "older"
    order = session.scalars(select(Order)).one()
    assert order.deleted_at == NOW
    assert not order.counted


def test_a_bare_refunded_total_is_one_refund_dated_when_it_last_grew(session: Session) -> None:
    store = make_store(session)
    for minutes, total in ((0, 0), (5, 1000), (9, 1000), (12, 2500), (20, 2500)):
        given = order_event(version=version(NOW + timedelta(minutes=minutes)), refunded_minor=total)
        ingest.apply(session, store, given, live=False, now=NOW)
    refund = session.scalars(select(Refund)).one()
    assert (refund.external_id, refund.amount_minor) == ("total", 2500)
    assert refund.refunded_at == NOW + timedelta(minutes=12)


def test_itemised_refunds_replace_the_bare_total(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, order_event(refunded_minor=300), live=False, now=NOW)
    items = (RefundEvent("r1", 100, NOW), RefundEvent("r2", 200, NOW))
    given = order_event(version=version(NOW + timedelta(minutes=1)), refunds=items)
    ingest.apply(session, store, given, live=False, now=NOW)
    assert session.scalars(select(Refund.external_id).order_by(Refund.external_id)).all() == [
        "r1",
        "r2",
    ]
    assert session.scalars(select(Order.refunded_minor)).one() == 300


def test_a_review_names_the_buyers_last_rating_and_a_deletion_takes_it_away(
    session: Session,
) -> None:
    store = make_store(session)
    ingest.apply(session, store, review_event(rating=3), live=False, now=NOW)
    assert session.scalars(select(Buyer.last_rating)).one() == 3
    ingest.apply(session, store, review_deleted(), live=False, now=NOW)
    assert session.scalars(select(Buyer.last_rating)).one() is None


def test_a_review_that_names_only_an_order_finds_its_buyer_later(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, review_event(person=None), live=False, now=NOW)
    assert session.scalars(select(Review.buyer_id)).one() is None
    ingest.apply(session, store, order_event(), live=False, now=NOW)
    buyer = session.scalars(select(Buyer)).one()
    assert session.scalars(select(Review.buyer_id)).one() == buyer.id
    assert buyer.last_rating == 5


def test_a_bad_review_opens_a_case_while_it_is_news_but_not_in_an_import(
    session: Session,
) -> None:
    store = make_store(session)
    past = review_event(external_id="R0", rating=1)
    ingest.apply(session, store, past, live=False, now=NOW)
    assert session.scalar(select(func.count()).select_from(Case)) == 0
    ingest.apply(session, store, review_event(rating=1), live=True, now=NOW)
    assert session.scalar(select(func.count()).select_from(Case)) == 1


def test_outcomes_say_what_became_of_an_event(session: Session) -> None:
    store = make_store(session)

    def outcome(event: Event) -> str:
        return ingest.apply(session, store, event, live=True, now=NOW)

    nameless = buyer_event(external_id=None, email="not an address")
    assert outcome(Noted("ping")) == "noted"
    assert outcome(nameless) == "nobody"
    assert outcome(buyer_event()) == "applied"
    assert outcome(consent_event()) == "applied"
    assert outcome(consent_event()) == "noted"
    assert outcome(erased_event()) == "applied"
    assert outcome(buyer_event()) == "nobody"


def test_a_webhook_of_a_known_buyer_costs_few_statements(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, order_event(), live=True, now=NOW)
    session.flush()
    later = order_event(version=version(NOW + timedelta(minutes=1)), fulfillment_status="partial")
    with counted() as seen:
        ingest.apply(session, store, later, live=True, now=NOW)
        session.flush()
    assert len(seen) <= 12, "\n".join(seen)
