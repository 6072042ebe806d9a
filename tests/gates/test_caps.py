import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm import db
from crm.gates import caps
from crm.gates.caps import Wish
from crm.gates.models import CapSlot
from crm.stores.settings import Cap
from tests.factories import NOW, make_store

TWO_A_WEEK = Cap("promotions", 2, 7, None, "promotions")
ONE_A_DAY = Cap("daily", 1, 1, None, "marketing")


def test_a_cap_of_two_refuses_the_third_until_the_first_is_a_week_old(session: Session) -> None:
    store = make_store(session)
    for day, number in enumerate((1, 2)):
        taken = caps.reserve(
            session, store.id, [TWO_A_WEEK], [Wish(number, "ada")], NOW + timedelta(days=day)
        )
        assert taken == {}
    third = NOW + timedelta(days=3)
    refused = caps.reserve(session, store.id, [TWO_A_WEEK], [Wish(3, "ada")], third)
    assert refused[3].cap == TWO_A_WEEK
    assert refused[3].free_at == NOW + timedelta(days=7)
    assert caps.reserve(session, store.id, [TWO_A_WEEK], [Wish(3, "ada")], refused[3].free_at) == {}


def test_two_wishes_of_one_batch_for_one_recipient_share_her_slots(session: Session) -> None:
    store = make_store(session)
    wishes = [Wish(1, "ada"), Wish(2, "ada"), Wish(3, "ben")]
    refused = caps.reserve(session, store.id, [ONE_A_DAY], wishes, NOW)
    assert list(refused) == [2]
    assert refused[2].free_at == NOW + timedelta(days=1)


def test_a_wish_refused_by_one_cap_holds_no_slot_of_another(session: Session) -> None:
    store = make_store(session)
    caps.reserve(session, store.id, [ONE_A_DAY], [Wish(1, "ada")], NOW)
    refused = caps.reserve(session, store.id, [TWO_A_WEEK, ONE_A_DAY], [Wish(2, "ada")], NOW)
    assert list(refused) == [2]
    held = select(CapSlot).where(CapSlot.message_id == 2)
    assert session.scalars(held).all() == []


def test_a_released_slot_is_free_at_once(session: Session) -> None:
    store = make_store(session)
    caps.reserve(session, store.id, [ONE_A_DAY], [Wish(1, "ada")], NOW)
    caps.release(session, store.id, [1])
    assert caps.reserve(session, store.id, [ONE_A_DAY], [Wish(2, "ada")], NOW) == {}


def test_moving_a_message_to_a_later_moment_holds_its_slot_from_there(session: Session) -> None:
    store = make_store(session)
    caps.reserve(session, store.id, [ONE_A_DAY], [Wish(1, "ada")], NOW)
    later = NOW + timedelta(hours=20)
    assert caps.move(session, store.id, [ONE_A_DAY], Wish(1, "ada"), later) is None
    refused = caps.reserve(
        session, store.id, [ONE_A_DAY], [Wish(2, "ada")], NOW + timedelta(hours=30)
    )
    assert refused[2].free_at == later + timedelta(days=1)


def test_the_database_itself_refuses_what_would_break_a_cap(session: Session) -> None:
    store = make_store(session)
    caps.reserve(session, store.id, [ONE_A_DAY], [Wish(1, "ada")], NOW)
    overlapping = insert(CapSlot).values(
        store_id=store.id,
        recipient="ada",
        cap=caps.cap_key(ONE_A_DAY),
        slot=1,
        during=Range(NOW + timedelta(hours=5), NOW + timedelta(hours=29)),
        message_id=2,
    )
    with pytest.raises(IntegrityError, match="ex_cap_slots_cap"), session.begin_nested():
        session.execute(overlapping)


def test_a_cap_spans_the_stores_that_write_to_one_address(session: Session) -> None:
    first, second = make_store(session), make_store(session)
    caps.reserve(session, first.id, [ONE_A_DAY], [Wish(1, "ada")], NOW)
    assert list(caps.reserve(session, second.id, [ONE_A_DAY], [Wish(2, "ada")], NOW)) == [2]


@pytest.mark.parametrize(
    ("kind", "counted"),
    [
        ("promotion", ["promotions", "daily"]),
        ("birthday", ["daily"]),
        ("survey", ["daily"]),
    ],
)
def test_a_cap_counts_what_it_says(kind: str, counted: list[str]) -> None:
    both = [TWO_A_WEEK, ONE_A_DAY]
    chosen = caps.caps_for(both, kind, "email", transactional=False)
    assert [cap.name for cap in chosen] == counted


def test_transactional_messages_are_never_counted() -> None:
    assert caps.caps_for([ONE_A_DAY], "order_notice", "email", transactional=True) == []


def test_slots_above_a_lowered_limit_still_count(session: Session) -> None:
    store = make_store(session)
    three, one = replace(TWO_A_WEEK, limit=3), replace(TWO_A_WEEK, limit=1)
    for day in (0, 5, 6):
        moment = NOW + timedelta(days=day)
        assert caps.reserve(session, store.id, [three], [Wish(day, "ada")], moment) == {}
    refused = caps.reserve(session, store.id, [one], [Wish(9, "ada")], NOW + timedelta(days=8))
    assert refused[9].free_at == NOW + timedelta(days=6 + 7)


def test_of_two_caps_that_count_the_same_the_stricter_holds(session: Session) -> None:
    store = make_store(session)
    both = [TWO_A_WEEK, replace(TWO_A_WEEK, name="calm", limit=1)]
    counted = caps.caps_for(both, "promotion", "email", transactional=False)
    assert caps.reserve(session, store.id, counted, [Wish(1, "ada")], NOW) == {}
    refused = caps.reserve(session, store.id, counted, [Wish(2, "ada")], NOW)
    assert refused[2].cap.name == "calm"


def test_racing_deciders_never_exceed_a_cap(database: None) -> None:
    with db.session() as session:
        store_id = make_store(session).id
    runs = [_decider(store_id, number) for number in range(6)]
    threads = [threading.Thread(target=run) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.session() as session:
        slots = session.scalars(select(CapSlot)).all()
    starts: dict[str, list[CapSlot]] = {}
    for slot in slots:
        starts.setdefault(slot.recipient, []).append(slot)
    assert {len(held) for held in starts.values()} == {TWO_A_WEEK.limit}
    assert len(starts) == 40


def _decider(store_id: int, number: int) -> Callable[[], None]:
    def run() -> None:
        recipients = [f"buyer{each}" for each in range(40)]
        Random(number).shuffle(recipients)
        wishes = [Wish(number * 1000 + each, name) for each, name in enumerate(recipients)]
        with db.session() as session:
            caps.reserve(session, store_id, [TWO_A_WEEK], wishes, NOW)

    return run
