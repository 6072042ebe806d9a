"""Whatever order webhooks arrive in, and however often, the books end the same."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import permutations

import pytest
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from crm import db, ingest
from crm.events import Event, Refund, Version
from crm.exports import lines
from crm.stores.models import Store
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


def state_after(
    session: Session, events: Sequence[Event], batches: Sequence[int] = ()
) -> list[str]:
    """Apply events to a store of their own and give its state; nothing of it stays.

    The first come in batches of the sizes given, the others one by one.
    """
    with session.begin_nested() as attempt:
        store = make_store(session)
        left = list(events)
        for size in batches:
            ingest.apply_all(session, store, left[:size], live=False, now=NOW)
            del left[:size]
        for event in left:
            ingest.apply(session, store, event, live=False, now=NOW)
        session.flush()
        state = list(lines(session, store, "state"))
        attempt.rollback()
    session.expunge_all()
    return state


def at(minutes: int, rank: int = 0) -> Version:
    return version(NOW + timedelta(minutes=minutes), rank)


def with_digest(event: Event) -> Event:
    """Give an event the version its own body would have."""
    digest = sha256(repr(event).encode()).hexdigest()
    return replace(event, version=replace(event.version, digest=digest))


def in_order(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.version)


ERASURE = "an erasure between old and new facts"
GUEST = person(external_id=None, accepts_marketing=True, city=None)
STORIES: dict[str, tuple[Event, ...]] = {
    "a guest who registers, is refunded and reviews": (
        order_event(version=at(0), person=GUEST),
        order_event(
            version=at(5, 2),
            person=GUEST,
            payment_status="partially_refunded",
            refunded_minor=1000,
        ),
        buyer_event(version=at(10), city="Hamburg", phone="0151 23456789"),
        order_event(version=at(20), external_id="1002", person=person(email="ada@new.test")),
        review_event(version=at(30), person=person(external_id=None), rating=2),
    ),
    "an order that is paid, refunded twice, corrected and thrown away": (
        order_event(version=at(0), payment_status="unpaid", paid_at=None),
        order_event(version=at(0, 1), refunded_minor=500),
        order_event(version=at(9), refunded_minor=2500),
        order_event(version=at(12), refunded_minor=500, person=None),
        order_deleted(version=at(20, 9)),
    ),
    "refunds that the platform itemises": (
        order_event(version=at(0)),
        order_event(version=at(1), refunds=(Refund("a", 100, NOW),)),
        order_event(version=at(2), refunds=(Refund("a", 100, NOW), Refund("b", 200, NOW))),
        order_event(version=at(3), refunded_minor=300),
        order_event(version=at(4), person=person(external_id="78", email="bo@example.test")),
    ),
    "a family that shares a phone with a guest who has nothing else": (
        order_event(
            version=at(0),
            external_id="2001",
            person=person(external_id=None, email=None, phone="+4915123456789", city="Kiel"),
        ),
        order_event(
            version=at(1),
            external_id="2002",
            person=person(external_id=None, email="bo@example.test", phone="+4915123456789"),
        ),
        buyer_event(version=at(2), phone="+4915123456789"),
        review_event(
            version=at(3),
            person=person(external_id=None, email=None, phone="+4915123456789"),
        ),
        buyer_event(version=at(4), external_id="99", email="cy@example.test"),
    ),
    "a caller who takes mail, from a phone that others in the house have too": (
        order_event(
            version=at(0),
            external_id="2001",
            placed_at=NOW - timedelta(hours=9),
            person=person(
                external_id=None, email=None, phone="+4915123456789", accepts_marketing=True
            ),
        ),
        buyer_event(version=at(2), phone="+4915123456789"),
        buyer_event(version=at(4), external_id="99", email="cy@test.test", phone="+4915123456789"),
        order_event(
            version=at(5),
            person=person(phone="+4915123456789", accepts_marketing=True),
        ),
        buyer_event(version=at(6), external_id="98", email="di@test.test", phone="+4915123456789"),
    ),
    ERASURE: (
        order_event(version=at(-60), placed_at=NOW - timedelta(days=3)),
        review_event(version=at(-50), posted_at=NOW - timedelta(days=2), person=None),
        erased_event(version=at(0, 9), email=None),
        order_event(version=at(10), placed_at=NOW - timedelta(days=3), payment_status="refunded"),
        order_event(
            version=at(20),
            external_id="3001",
            placed_at=NOW + timedelta(minutes=15),
            person=person(external_id="500", first_name="Anew"),
        ),
    ),
    "consents that are implied, withdrawn and implied again": (
        order_event(version=at(0), person=person(accepts_marketing=True)),
        buyer_event(version=at(5), accepts_marketing=True),
        consent_event(version=at(6), decided_at=NOW + timedelta(minutes=6)),
        consent_event(version=at(8), decided_at=NOW + timedelta(minutes=8), status="granted"),
        order_event(version=at(9), external_id="1002", person=person(accepts_marketing=True)),
    ),
    "a review edited, taken down and late": (
        order_event(version=at(0)),
        review_event(version=at(1), person=None),
        review_event(version=at(2), person=None, rating=3, title="Hm"),
        review_event(version=at(1), external_id="R2", rating=1, posted_at=NOW),
        review_deleted(version=at(7, 9), external_id="R2"),
    ),
}


# An erasure reaches as far as what is known to be hers by then, so it is tried with its own story.
MIXED = [
    with_digest(event) for name, story in STORIES.items() if name != ERASURE for event in story
]


@pytest.mark.parametrize("story", STORIES)
def test_the_order_of_arrival_does_not_matter(session: Session, story: str) -> None:
    events = STORIES[story]
    wanted = state_after(session, in_order(events))
    assert wanted
    arrivals = list(permutations(range(5)))
    if story != next(iter(STORIES)):
        arrivals = random.Random(story).sample(arrivals, 12)
    for arrival in arrivals:
        assert state_after(session, [events[place] for place in arrival]) == wanted, arrival


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_and_doubled_deliveries_end_in_one_state(session: Session, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(4):
        events = dice.sample(MIXED, 5)
        wanted = state_after(session, in_order(events))
        for _ in range(10):
            arrival = events + dice.sample(events, 2)
            dice.shuffle(arrival)
            assert state_after(session, arrival) == wanted, arrival


@pytest.mark.parametrize("story", STORIES)
def test_a_story_told_in_batches_ends_as_one_told_bit_by_bit(session: Session, story: str) -> None:
    events = STORIES[story]
    wanted = state_after(session, in_order(events))
    dice = random.Random(story)
    for batches in ([5], [2, 3], [1, 4], [3]):
        arrival = dice.sample(events, 5)
        assert state_after(session, arrival, batches) == wanted, (batches, arrival)


@pytest.mark.parametrize("seed", range(6))
def test_shuffled_and_doubled_batches_end_in_one_state(session: Session, seed: int) -> None:
    dice = random.Random(f"batches {seed}")
    for _ in range(5):
        events = dice.sample(MIXED, 12)
        wanted = state_after(session, in_order(events))
        for _ in range(4):
            arrival = events + dice.sample(events, 6)
            dice.shuffle(arrival)
            cut = dice.randrange(1, 17)
            assert state_after(session, arrival, [cut, 18 - cut]) == wanted, (cut, arrival)


def test_four_workers_with_batches_end_in_the_same_state(database: None) -> None:
    with db.session() as session:
        alone, shared = make_store(session), make_store(session)
        for event in in_order(MIXED):
            ingest.apply(session, alone, event, live=False, now=NOW)
        wanted = list(lines(session, alone, "state"))
    arrival = random.Random(6).sample(MIXED * 3, len(MIXED) * 3)
    batches = [arrival[start : start + 9] for start in range(0, len(arrival), 9)]
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda batch: apply_batch(shared.id, batch), batches))
    with db.session() as session:
        assert list(lines(session, shared, "state")) == wanted


def apply_batch(store_id: int, events: Sequence[Event]) -> None:
    """Apply events together, and each alone where that fails, as the inbox does."""
    try:
        with db.session() as session:
            store = session.get_one(Store, store_id)
            ingest.apply_all(session, store, events, live=False, now=NOW)
    except OperationalError:
        for event in events:
            apply_alone(store_id, event)


def test_four_workers_at_once_end_in_the_same_state(database: None) -> None:
    with db.session() as session:
        alone, shared = make_store(session), make_store(session)
        for event in in_order(MIXED):
            ingest.apply(session, alone, event, live=False, now=NOW)
        wanted = list(lines(session, alone, "state"))
    arrival = random.Random(5).sample(MIXED * 2, len(MIXED) * 2)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda event: apply_alone(shared.id, event), arrival))
    with db.session() as session:
        assert list(lines(session, shared, "state")) == wanted


def apply_alone(store_id: int, event: Event) -> str:
    """Apply an event in a transaction of its own, again after a deadlock, as the inbox does."""
    while True:
        try:
            with db.session() as session:
                store = session.get_one(Store, store_id)
                return ingest.apply(session, store, event, live=False, now=NOW)
        except OperationalError as fault:
            if not isinstance(fault.orig, DeadlockDetected):
                raise
