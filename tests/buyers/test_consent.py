from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import ingest
from crm.buyers import consent
from crm.buyers.consent import Block, Decision
from crm.buyers.models import Buyer, ConsentEvent
from crm.errors import Rejected
from tests.factories import (
    NOW,
    buyer_event,
    consent_event,
    make_buyer,
    make_store,
    order_event,
    person,
    version,
)

IMPLIED = Decision("email", "granted", "storefront", NOW)
PROVEN = replace(IMPLIED, proof="form 12, ticked on paper")
HERS = replace(IMPLIED, source="page", own_act=True, actor="buyer")
NO = replace(IMPLIED, status="withdrawn")


@pytest.fixture
def decide(session: Session):
    store = make_store(session)
    buyer = make_buyer(session, store)

    def decide(*decisions: Decision) -> str | None:
        for minute, decision in enumerate(decisions):
            later = replace(decision, decided_at=NOW + timedelta(minutes=minute))
            consent.record_consent(session, store, buyer, later, NOW)
        state = consent.consent_states(session, store.id, [buyer.id]).get(buyer.id, {})
        return state["email"].status if "email" in state else None

    return decide


@pytest.mark.parametrize(
    ("decisions", "status"),
    [
        ((IMPLIED,), "granted"),
        ((NO,), "withdrawn"),
        ((IMPLIED, NO), "withdrawn"),
        ((IMPLIED, NO, IMPLIED), "withdrawn"),
        ((NO, PROVEN), "granted"),
        ((NO, HERS), "granted"),
        ((NO, HERS, NO), "withdrawn"),
        ((HERS, NO, IMPLIED, IMPLIED), "withdrawn"),
        ((IMPLIED, HERS, IMPLIED), "granted"),
    ],
)
def test_only_her_own_act_or_proof_grants_again(decide, decisions, status) -> None:
    assert decide(*decisions) == status


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(["implied", "no", "proof"]), st.integers(0, 9))))
def test_the_fold_is_the_same_whatever_order_decisions_arrive_in(
    session: Session, told: list[tuple[str, int]]
) -> None:
    kinds = {"implied": IMPLIED, "no": NO, "proof": PROVEN}
    decisions = [
        replace(kinds[kind], decided_at=NOW + timedelta(minutes=minute)) for kind, minute in told
    ]
    firm = sorted((d for d in decisions if d.is_firm), key=lambda d: (d.decided_at, d.status))
    expected = (firm or decisions or [None])[-1]
    with session.begin_nested() as attempt:
        store = make_store(session)
        buyer = make_buyer(session, store)
        for decision in decisions:
            consent.record_consent(session, store, buyer, decision, NOW)
        state = consent.consent_states(session, store.id, [buyer.id]).get(buyer.id, {})
        status = state["email"].status if state else None
        attempt.rollback()
    session.expunge_all()
    assert status == (expected.status if expected else None)


def test_what_is_decided_here_counts_at_once_even_within_one_instant(session: Session) -> None:
    store = make_store(session)
    buyer = make_buyer(session, store)
    here = replace(PROVEN, source="api", actor="Mia")
    future = replace(NO, decided_at=NOW + timedelta(days=1))
    for decision, status in (
        (here, "granted"),
        (replace(here, status="withdrawn", proof=None), "withdrawn"),
        (here, "granted"),
        (future, "withdrawn"),
        (HERS, "granted"),
    ):
        assert consent.record_consent(session, store, buyer, decision, NOW)
        state = consent.consent_states(session, store.id, [buyer.id])[buyer.id]["email"]
        assert state.status == status


def test_a_withdrawal_that_comes_late_but_was_earlier_does_not_undo_a_proven_grant(
    session: Session,
) -> None:
    store = make_store(session)
    buyer = make_buyer(session, store)
    consent.record_consent(session, store, buyer, PROVEN, NOW)
    earlier = replace(NO, decided_at=NOW - timedelta(days=1))
    assert not consent.record_consent(session, store, buyer, earlier, NOW)
    assert consent.consent_states(session, store.id, [buyer.id])[buyer.id]["email"].own_act
    assert session.scalar(select(func.count()).select_from(ConsentEvent)) == 2


def test_accepts_marketing_grants_once_and_false_changes_nothing(session: Session) -> None:
    store = make_store(session)
    for minute, ticked in enumerate((None, False, True, True, False, None)):
        event = order_event(
            external_id=str(minute),
            version=version(NOW + timedelta(minutes=minute)),
            person=person(accepts_marketing=ticked),
        )
        ingest.apply(session, store, event, live=True, now=NOW)
    buyer = session.scalars(select(Buyer)).one()
    state = consent.consent_states(session, store.id, [buyer.id])[buyer.id]
    assert (state["email"].status, state["email"].source) == ("granted", "storefront")
    assert not state["email"].own_act
    assert session.scalar(select(func.count()).select_from(ConsentEvent)) == 1


def test_no_order_or_customer_record_brings_consent_back(session: Session) -> None:
    store = make_store(session)
    yes = {"accepts_marketing": True}
    for minute, event in enumerate(
        (
            order_event(person=person(**yes)),
            consent_event(),
            order_event(external_id="1002", person=person(**yes)),
            buyer_event(**yes),
            consent_event(status="granted", decided_at=NOW + timedelta(hours=1)),
        )
    ):
        later = replace(event, version=version(NOW + timedelta(minutes=minute)))
        ingest.apply(session, store, later, live=True, now=NOW)
    buyer = session.scalars(select(Buyer)).one()
    state = consent.consent_states(session, store.id, [buyer.id])[buyer.id]
    assert state["email"].status == "withdrawn"


def test_a_suppressed_address_is_known_by_its_hash_in_any_spelling(session: Session) -> None:
    store = make_store(session)
    block = Block("email", "Ada@Example.test", "bounced", "all")
    assert consent.suppress(session, store.id, block, NOW)
    assert not consent.suppress(session, store.id, block, NOW)
    assert consent.is_suppressed(session, store.id, "email", "ada@example.TEST")
    assert consent.is_suppressed(session, store.id, "email", "ada@example.test", "transactional")
    assert not consent.is_suppressed(session, store.id, "sms", "ada@example.test")
    assert not consent.is_suppressed(session, make_store(session).id, "email", "ada@example.test")


def test_a_marketing_block_lets_notices_through_until_it_is_widened(session: Session) -> None:
    store = make_store(session)
    block = Block("email", "ada@example.test", "withdrawn")
    consent.suppress(session, store.id, block, NOW)
    assert consent.is_suppressed(session, store.id, "email", "ada@example.test")
    assert not consent.is_suppressed(
        session, store.id, "email", "ada@example.test", "transactional"
    )
    consent.suppress(session, store.id, replace(block, scope="all", reason="bounced"), NOW)
    consent.suppress(session, store.id, block, NOW)
    session.expire_all()
    assert consent.is_suppressed(session, store.id, "email", "ada@example.test", "transactional")


def test_her_own_grant_lifts_the_block_her_withdrawal_left_but_not_a_bounce(
    session: Session,
) -> None:
    store = make_store(session)
    for address, reason, lifted in (
        ("ada@example.test", "withdrawn", True),
        ("bo@example.test", "bounced", False),
    ):
        buyer = make_buyer(session, store, email=address)
        consent.suppress(session, store.id, Block("email", address, reason), NOW)
        consent.record_consent(session, store, buyer, HERS, NOW)
        session.expire_all()
        assert consent.is_suppressed(session, store.id, "email", address) != lifted


def test_a_decision_about_no_channel_is_refused(session: Session) -> None:
    store = make_store(session)
    buyer = make_buyer(session, store)
    with pytest.raises(Rejected):
        consent.record_consent(session, store, buyer, replace(NO, channel="pigeon"), NOW)
