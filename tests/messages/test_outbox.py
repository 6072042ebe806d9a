"""The outbox adds once, claims once, and lets nobody settle what is not his."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm import db
from crm.messages import outbox
from crm.messages.models import Delivery, Message
from crm.messages.sending import claims
from crm.messages.sending.endings import Ending
from tests.factories import NOW
from tests.messages.making import make_message, make_shop, new_message, queue_one, read

WRITTEN = claims.Written("ada@example.test", "Tea", "<p>Tea</p>", "Tea")


def test_the_same_turn_of_the_same_buyer_is_added_once(session: Session) -> None:
    buyer = make_shop(session).buyer(session)
    first, second, third = outbox.next_ids(session, 3)
    one = new_message(buyer, id=first, occurrence="2026")
    assert outbox.add(session, [one]) == {(buyer.store_id, 1, "2026", buyer.id): first}
    again = replace(one, id=second, content={"subject": "another"})
    other = replace(one, id=third, occurrence="2027")
    assert outbox.add(session, [again, other]) == {(buyer.store_id, 1, "2027", buyer.id): third}
    assert session.get_one(Message, (buyer.store_id, first)).content["subject"] != "another"


def test_a_batch_may_hold_the_same_turn_twice(session: Session) -> None:
    buyer = make_shop(session).buyer(session)
    first, second = outbox.next_ids(session, 2)
    one = new_message(buyer, id=first)
    assert len(outbox.add(session, [one, replace(one, id=second)])) == 1


def test_ids_are_drawn_once(session: Session) -> None:
    assert len({*outbox.next_ids(session, 5), *outbox.next_ids(session, 5)}) == 10
    assert outbox.next_ids(session, 0) == []


@pytest.mark.usefixtures("database")
def test_eight_racing_workers_never_claim_the_same_message() -> None:
    with db.session() as session:
        shop = make_shop(session)
        for _ in range(40):
            make_message(session, shop.buyer(session))
    start = threading.Barrier(8)

    def claim() -> list[int]:
        start.wait()
        mine: list[int] = []
        while True:
            with db.session() as session:
                batch = outbox.claim_batch(session, 3, NOW)
            if not batch:
                return mine
            mine += [message.id for message in batch]

    with ThreadPoolExecutor(8) as pool:
        claimed = [id_ for hand in [pool.submit(claim) for _ in range(8)] for id_ in hand.result()]
    assert len(claimed) == len(set(claimed)) == 40


@pytest.mark.parametrize(
    "changes",
    [
        {"not_before": NOW + timedelta(seconds=1)},
        {"expires_at": NOW},
        {"state": "accepted"},
        {"state": "uncertain"},
        {"state": "in_flight"},
        {"state": "cancelled"},
        {"retry_at": func.clock_timestamp() + timedelta(minutes=5)},
    ],
)
def test_what_is_not_due_is_not_claimed(session: Session, changes: dict[str, object]) -> None:
    message = make_message(session, make_shop(session).buyer(session))
    session.execute(update(Message).where(Message.id == message.id).values(**changes))
    assert outbox.claim_batch(session, 10, NOW) == []


@pytest.mark.usefixtures("database")
def test_a_claim_stands_in_the_diary_with_its_lease() -> None:
    message = queue_one()
    with db.session() as session:
        (claimed,) = outbox.claim_batch(session, 10, NOW)
        left = session.scalar(
            select(func.extract("epoch", Message.lease_until - func.clock_timestamp()))
        )
        assert session.scalars(select(Delivery.event)).all() == ["claimed"]
    assert (claimed.id, claimed.state, claimed.attempts) == (message.id, "claimed", 1)
    assert left is not None
    assert 1 < float(left) <= 2, "CRM_LEASE_SECONDS of real time"


def claimed_one() -> Message:
    queue_one()
    with db.session() as session:
        (claimed,) = outbox.claim_batch(session, 1, NOW)
    return claimed


@pytest.mark.usefixtures("database")
def test_only_the_holder_of_the_claim_may_go_on() -> None:
    claimed = claimed_one()
    stranger = Message(store_id=claimed.store_id, id=claimed.id, token="guess")
    stranger.message_class, stranger.channel = claimed.message_class, claimed.channel
    stranger.recipient, stranger.buyer_id = claimed.recipient, claimed.buyer_id
    with db.session() as session:
        assert claims.find_claimed(session, stranger) is None
        assert not claims.mark_in_flight(session, stranger, WRITTEN, NOW)
        assert claims.settle(session, stranger, Ending("accepted"), NOW) is None
        claims.give_back(session, [stranger])
    assert read(claimed).state == "claimed"


@pytest.mark.usefixtures("database")
def test_a_sleeper_that_wakes_after_its_lease_cannot_send() -> None:
    claimed = claimed_one()
    with db.session() as session:
        gone = func.clock_timestamp() - timedelta(seconds=1)
        session.execute(update(Message).values(lease_until=gone))
    with db.session() as session:
        assert claims.find_claimed(session, claimed) is None
        assert not claims.mark_in_flight(session, claimed, WRITTEN, NOW)
    assert read(claimed).html is None


@pytest.mark.usefixtures("database")
def test_a_worker_that_learns_the_answer_late_still_settles_what_it_sent() -> None:
    claimed = claimed_one()
    with db.session() as session:
        assert claims.mark_in_flight(session, claimed, WRITTEN, NOW)
        claims.settle(session, claimed, Ending("uncertain", "uncertain"), NOW)
    with db.session() as session:
        assert claims.settle(session, claimed, Ending("accepted"), NOW) is not None
    assert read(claimed).state == "accepted"


@pytest.mark.usefixtures("database")
def test_a_claim_given_back_leaves_no_trace() -> None:
    claimed = claimed_one()
    with db.session() as session:
        claims.give_back(session, [claimed])
    back = read(claimed)
    assert (back.state, back.attempts, back.token, back.lease_until) == ("queued", 0, None, None)


def test_waiting_messages_lapse_at_their_time_and_others_do_not(session: Session) -> None:
    buyer = make_shop(session).buyer(session)
    late = make_message(session, buyer, expires_at=NOW)
    make_message(session, buyer, expires_at=NOW + timedelta(seconds=1))
    assert [message.id for message in outbox.lapse(session, NOW)] == [late.id]
    assert outbox.lapse(session, NOW) == []
