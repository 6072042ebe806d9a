from datetime import timedelta
from itertools import permutations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import ingest, tables
from crm.buyers import consent, erasure, merge, notes, profile, tags, vip
from crm.buyers.facts.wiping import personal_columns
from crm.buyers.models import Buyer, Identity, Order, Review, Tombstone
from crm.db import Base
from crm.events import PrivacyAsked
from crm.stores.privacy import list_requests
from tests.factories import (
    NOW,
    buyer_event,
    consent_event,
    erased_event,
    make_buyer,
    make_store,
    order_event,
    person,
    review_event,
    version,
)

CANARY = "canary"


def personal_values(session: Session) -> list[str]:
    """Read every value of every column that says it is personal, but hashes and raw payloads."""
    session.flush()
    found = []
    for table in Base.metadata.sorted_tables:
        for column in personal_columns(table):
            found += [str(value) for value in session.scalars(select(column)) if value]
    return found


def test_an_erased_person_is_gone_and_her_sales_stay(session: Session) -> None:
    store = make_store(session)
    for event in (
        order_event(person=person(last_name=CANARY)),
        review_event(body=CANARY, title=CANARY),
    ):
        ingest.apply(session, store, event, live=True, now=NOW)
    buyer = session.scalars(select(Buyer)).one()
    notes.add_note(session, buyer, notes.NewNote(CANARY), "Mia", NOW)
    tags.set_tags(session, buyer, [CANARY], "Mia", NOW)
    vip.set_vip(session, buyer, vip.Pin(True, CANARY), "Mia", NOW)
    profile.change_profile(
        session, buyer, {"occupation": CANARY, "attributes": {CANARY: CANARY}}, "Mia", NOW
    )
    double = make_buyer(session, store, last_name=CANARY)
    merge.merge(session, store, (buyer.id, double.id), "Mia", NOW)
    ingest.apply(session, store, erased_event(), live=True, now=NOW)
    assert personal_values(session) == []
    rows = str([vars(row) for row in session.scalars(select(Buyer))])
    assert CANARY not in rows
    assert "ada@" not in rows
    order = session.scalars(select(Order)).one()
    assert (order.total_minor, order.counted, order.buyer_id) == (5990, True, buyer.id)
    assert (buyer.erased_at, buyer.orders_count) == (NOW, 1)
    assert session.scalars(select(Identity)).all() == []
    hashes = session.scalars(select(Tombstone.hash)).all()
    assert len(hashes) == 3
    assert not {"77", "ada@example.test"} & set(hashes)


def test_an_erased_person_is_gone_from_open_privacy_requests_too(session: Session) -> None:
    store = make_store(session)
    asked = PrivacyAsked(version(), "access", "9", "77", "ada@example.test", "+4930123")
    for event in (order_event(), asked, erased_event()):
        ingest.apply(session, store, event, live=True, now=NOW)
    assert personal_values(session) == []
    (open_one,) = list_requests(session, [store.id])
    assert open_one.external_id == "77"


def test_a_zone_goes_with_the_address_it_was_guessed_from(session: Session) -> None:
    ends = []
    later = consent_event(
        version=version(NOW + timedelta(hours=2)),
        decided_at=NOW + timedelta(hours=2),
        person=person(city=None, country=None),
    )
    erased = erased_event(version=version(NOW + timedelta(hours=1)))
    for arrival in permutations((later, order_event(), erased)):
        store = make_store(session)
        for event in arrival:
            ingest.apply(session, store, event, live=True, now=NOW)
        living = select(Buyer).where(Buyer.store_id == store.id, Buyer.erased_at.is_(None))
        buyer = session.scalars(living).one()
        ends.append((buyer.country, buyer.timezone, buyer.timezone_source))
    assert set(ends) == {(None, None, None)}


def test_an_older_fact_does_not_bring_her_back(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, erased_event(), live=True, now=NOW)
    for event in (
        order_event(),
        review_event(body=CANARY),
        consent_event(status="granted", proof="form", decided_at=NOW - timedelta(days=1)),
        order_event(version=version(NOW + timedelta(days=1)), external_id="1002"),
    ):
        ingest.apply(session, store, event, live=True, now=NOW)
    assert session.scalars(select(Buyer)).all() == []
    assert [order.buyer_id for order in session.scalars(select(Order))] == [None, None]
    assert session.scalars(select(Review.body)).one() == ""


def test_who_comes_anew_after_an_erasure_is_a_new_buyer_without_consents(
    session: Session,
) -> None:
    store = make_store(session)
    ingest.apply(
        session, store, order_event(person=person(accepts_marketing=True)), live=True, now=NOW
    )
    ingest.apply(session, store, erased_event(), live=True, now=NOW)
    later = NOW + timedelta(days=2)
    anew = order_event(version=version(later), external_id="1002", placed_at=later)
    ingest.apply(session, store, anew, live=True, now=later)
    old, new = session.scalars(select(Buyer).order_by(Buyer.id)).all()
    assert (old.email, new.email, new.orders_count) == (None, "ada@example.test", 1)
    assert consent.consent_states(session, store.id, [old.id, new.id]) == {}


def test_names_said_together_with_a_buried_one_are_buried_too(session: Session) -> None:
    store = make_store(session)
    guest = order_event(external_id="1002", person=person(external_id=None))
    ingest.apply(session, store, guest, live=True, now=NOW)
    ingest.apply(session, store, erased_event(email=None), live=True, now=NOW)
    assert session.scalars(select(Buyer.email)).all() == ["ada@example.test"]
    ingest.apply(session, store, order_event(), live=True, now=NOW)
    assert session.scalars(select(Buyer.email)).all() == [None]


def test_a_shared_phone_is_not_buried_with_one_of_its_owners(session: Session) -> None:
    store = make_store(session)
    phone = "+4915123456789"
    bo = buyer_event(external_id="78", email="bo@example.test", phone=phone)
    ingest.apply(session, store, bo, live=True, now=NOW)
    gone = erased_event(phone=phone)
    ingest.apply(session, store, gone, live=True, now=NOW)
    assert session.scalars(select(Buyer.email)).all() == ["bo@example.test"]


def test_a_withdrawal_outlives_the_person_as_a_hash(session: Session) -> None:
    store = make_store(session)
    ingest.apply(session, store, consent_event(), live=True, now=NOW)
    (buyer,) = session.scalars(select(Buyer)).all()
    erasure.erase_buyer(session, store, buyer, NOW)
    assert personal_values(session) == []
    assert consent.is_suppressed(session, store.id, "email", "ada@example.test")
    assert tables.metadata is Base.metadata
