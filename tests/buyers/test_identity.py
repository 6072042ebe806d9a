import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import db, ingest
from crm.buyers import merge, queries
from crm.buyers.identity import normalise_email, normalise_phone
from crm.buyers.models import Buyer, Identity, Merge, Order
from crm.stores.models import Store
from tests.factories import NOW, buyer_event, make_store, order_event, person, version

PHONE = "+4915123456789"


def present(session: Session, store: Store) -> list[Buyer]:
    session.flush()
    return list(session.scalars(queries.present([store.id]).order_by(Buyer.id)))


def known_as(session: Session, buyer: Buyer) -> set[tuple[str, str]]:
    mine = select(Identity).where(Identity.buyer_id == buyer.id)
    return {(row.kind, row.value) for row in session.scalars(mine)}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Ada.Brew@Example.TEST ", "ada.brew@example.test"),
        ("x@bücher.example", "x@xn--bcher-kva.example"),
        ("not an address", None),
        ("two@at@signs.test", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_has_one_form(given: str | None, kept: str | None) -> None:
    assert normalise_email(given) == kept


@pytest.mark.parametrize(
    ("given", "countries", "kept"),
    [
        ("0151 23456789", ("DE",), PHONE),
        ("(415) 555-2671", ("US", "DE"), "+14155552671"),
        ("0049 151 23456789", ("DE",), PHONE),
        ("+49 151 / 234 567 89", (None,), PHONE),
        ("12", ("DE",), "+4912"),
        ("0151 23456789", (), None),
        ("call me", ("DE",), None),
    ],
)
def test_a_phone_has_one_form(given: str, countries: tuple[str], kept: str | None) -> None:
    assert normalise_phone(given, *countries) == kept


def test_a_guest_who_registers_later_is_the_same_buyer(session: Session) -> None:
    store = make_store(session)
    guest = order_event(person=person(external_id=None, email="ADA@example.test"))
    ingest.apply(session, store, guest, live=True, now=NOW)
    ingest.apply(session, store, buyer_event(version=version(rank=1)), live=True, now=NOW)
    (buyer,) = present(session, store)
    assert buyer.orders_count == 1
    assert known_as(session, buyer) == {("external", "77"), ("email", "ada@example.test")}


def test_two_buyers_said_together_become_one_with_both_histories(session: Session) -> None:
    store = make_store(session)
    registered = order_event(person=person(email=None))
    guest = order_event(external_id="1002", person=person(external_id=None))
    for event in (registered, guest):
        ingest.apply(session, store, event, live=True, now=NOW)
    assert len(present(session, store)) == 2
    both = buyer_event(version=version(NOW + timedelta(minutes=1)))
    ingest.apply(session, store, both, live=True, now=NOW)
    (buyer,) = present(session, store)
    assert (buyer.orders_count, buyer.spent_minor) == (2, 11980)
    assert session.scalars(select(Merge.reason)).all() == ["said_together"]


def test_a_shared_phone_never_makes_one_of_two_people(session: Session) -> None:
    store = make_store(session)
    for email in ("ada@example.test", "bo@example.test"):
        told = buyer_event(external_id=None, email=email, phone=PHONE)
        ingest.apply(session, store, told, live=True, now=NOW)
    assert [buyer.email for buyer in present(session, store)] == [
        "ada@example.test",
        "bo@example.test",
    ]


def test_somebody_known_by_phone_only_is_found_by_it(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, buyer_event(phone=PHONE), live=True, now=NOW)
    caller = order_event(person=person(external_id=None, email=None, phone="0151 23456789"))
    ingest.apply(session, store, caller, live=True, now=NOW)
    (buyer,) = present(session, store)
    assert buyer.orders_count == 1


def test_a_caller_who_gives_her_address_later_keeps_her_orders(session: Session) -> None:
    store = make_store(session)
    caller = order_event(person=person(external_id=None, email=None, phone=PHONE))
    ingest.apply(session, store, caller, live=True, now=NOW)
    (before,) = present(session, store)
    ingest.apply(session, store, buyer_event(phone=PHONE), live=True, now=NOW)
    (buyer,) = present(session, store)
    assert (buyer.id, buyer.email, buyer.orders_count) == (before.id, "ada@example.test", 1)


def test_buyers_of_two_stores_are_strangers(session: Session) -> None:
    first, second = make_store(session), make_store(session)
    for store in (first, second):
        ingest.apply(session, store, order_event(), live=True, now=NOW)
    assert len(present(session, first)) == len(present(session, second)) == 1


def test_newer_values_win_and_silence_erases_nothing(session: Session) -> None:
    store = make_store(session)
    newer = version(NOW + timedelta(minutes=5))
    told = buyer_event(version=newer, city="Hamburg", first_name=None)
    ingest.apply(session, store, told, live=True, now=NOW)
    ingest.apply(session, store, buyer_event(postcode="10115"), live=True, now=NOW)
    (buyer,) = present(session, store)
    assert (buyer.city, buyer.first_name, buyer.postcode) == ("Hamburg", "Ada", "10115")


def test_joined_is_what_the_storefront_says_or_when_she_was_first_seen(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, order_event(), live=True, now=NOW)
    (buyer,) = present(session, store)
    assert buyer.joined_at == NOW - timedelta(hours=1)
    joined = NOW - timedelta(days=30)
    told = buyer_event(version=version(rank=1), joined_at=joined)
    ingest.apply(session, store, told, live=True, now=NOW)
    assert buyer.joined_at == joined


def test_what_a_seller_parted_stays_parted(session: Session) -> None:
    store = make_store(session)
    for event in (
        buyer_event(email="bo@example.test"),
        buyer_event(external_id="78"),
        buyer_event(version=version(rank=3)),
    ):
        ingest.apply(session, store, event, live=True, now=NOW)
    (survivor,) = present(session, store)
    merge.unmerge(session, store, survivor.id, "Mia", NOW)
    again = buyer_event(version=version(NOW + timedelta(minutes=9)))
    ingest.apply(session, store, again, live=True, now=NOW)
    assert len(present(session, store)) == 2


def test_two_workers_who_meet_a_new_person_at_once_make_one_buyer(database: None) -> None:
    with db.session() as session:
        store_id = make_store(session).id
    start, faults = threading.Barrier(4), []

    def work(number: int) -> None:
        try:
            with db.session() as session:
                store = session.get_one(Store, store_id)
                start.wait(10)
                event = order_event(external_id=f"order {number}", version=version(rank=number))
                ingest.apply(session, store, event, live=True, now=NOW)
        except Exception as fault:
            faults.append(fault)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not faults
    with db.session() as session:
        buyer = session.scalars(select(Buyer)).one()
        assert (buyer.orders_count, buyer.spent_minor) == (4, 4 * 5990)
        assert len(session.scalars(select(Order)).all()) == 4
