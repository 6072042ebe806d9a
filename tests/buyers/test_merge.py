from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from crm import tables
from crm.buyers import consent, merge, notes, profile, queries, rollups, tags, vip
from crm.buyers.facts import moving
from crm.buyers.models import Buyer, Consent, Identity, Order, Tag
from crm.cases.models import Case
from crm.db import Base
from crm.errors import Conflict, NotFound
from crm.stores.models import Store
from tests.factories import NOW, make_buyer, make_order, make_store

VOLATILE = {"updated_at", "version_at", "tier_since", "vip_at"}


def picture(session: Session, buyer: Buyer) -> dict[str, Any]:
    """Draw everything that hangs on a buyer."""
    session.flush()
    session.expire_all()
    columns = {attr.key: getattr(buyer, attr.key) for attr in inspect(Buyer).column_attrs}
    mine = {"buyer_id": buyer.id}
    return {
        "columns": {name: value for name, value in columns.items() if name not in VOLATILE},
        "names": sorted((i.kind, i.value) for i in session.query(Identity).filter_by(**mine)),
        "orders": sorted(o.external_id for o in session.query(Order).filter_by(**mine)),
        "tags": sorted(t.tag for t in session.query(Tag).filter_by(**mine)),
        "cases": sorted(c.title for c in session.query(Case).filter_by(**mine)),
        "consents": sorted(
            (c.channel, c.status, c.own_act, c.decided_at)
            for c in session.query(Consent).filter_by(**mine)
        ),
    }


def two_buyers(session: Session) -> tuple[Store, Buyer, Buyer]:
    store = make_store(session)
    ada = make_buyer(session, store, external_id="77", email="ada@example.test", city="Kiel")
    bo = make_buyer(session, store, email="bo@example.test", phone="+4915123456789")
    for buyer, total in ((ada, 1000), (bo, 2500)):
        make_order(session, store, buyer, total_minor=total, external_id=f"order {total}")
    tags.set_tags(session, ada, ["tea"], "Mia", NOW)
    tags.set_tags(session, bo, ["tea", "wholesale"], "Mia", NOW)
    notes.add_note(session, bo, notes.NewNote("Calls on Mondays"), "Mia", NOW)
    vip.set_vip(session, bo, vip.Pin(True, "buys for an office"), "Mia", NOW)
    profile.change_profile(session, bo, {"occupation": "Architect"}, "Mia", NOW)
    session.add(a_case(store, bo))
    bo.open_cases = 1
    rollups.refresh(session, store, [ada.id, bo.id], NOW)
    return store, ada, bo


def a_case(store: Store, buyer: Buyer) -> Case:
    return Case(
        store_id=store.id,
        buyer_id=buyer.id,
        type="complaint",
        title="Torn packet",
        state="open",
        currency="EUR",
        opened_by="Mia",
        opened_at=NOW,
        due_at=NOW,
        updated_at=NOW,
    )


def allow(session: Session, store: Store, buyer: Buyer, status: str, at: datetime) -> None:
    decision = consent.Decision("email", status, "page", at, own_act=True, actor="buyer")
    consent.record_consent(session, store, buyer, decision, at)


def test_a_merge_moves_everything_to_the_survivor(session: Session) -> None:
    store, ada, bo = two_buyers(session)
    merge.merge(session, store, (ada.id, bo.id), "Mia", NOW)
    drawn = picture(session, ada)
    assert (ada.orders_count, ada.spent_minor, ada.open_cases) == (2, 3500, 1)
    assert (ada.vip, ada.occupation, ada.city) == (True, "Architect", "Kiel")
    assert drawn["orders"] == ["order 1000", "order 2500"]
    assert drawn["tags"] == ["tea", "wholesale"]
    assert drawn["cases"] == ["Torn packet"]
    assert ("email", "bo@example.test") in drawn["names"]
    assert queries.find_buyer(session, [store.id], bo.id) is ada


def test_undoing_a_merge_restores_both_exactly(session: Session) -> None:
    store, ada, bo = two_buyers(session)
    allow(session, store, bo, "withdrawn", NOW)
    before = picture(session, ada), picture(session, bo)
    merge.merge(session, store, (ada.id, bo.id), "Mia", NOW)
    assert picture(session, ada) != before[0]
    merge.unmerge(session, store, ada.id, "Mia", NOW)
    assert (picture(session, ada), picture(session, bo)) == before


def test_merges_are_undone_last_one_first(session: Session) -> None:
    store, ada, bo = two_buyers(session)
    cy = make_buyer(session, store, email="cy@example.test")
    merge.merge(session, store, (ada.id, bo.id), "Mia", NOW)
    merge.merge(session, store, (ada.id, cy.id), "Mia", NOW)
    assert merge.unmerge(session, store, ada.id, "Mia", NOW).id == cy.id
    assert merge.unmerge(session, store, ada.id, "Mia", NOW).id == bo.id
    with pytest.raises(Conflict):
        merge.unmerge(session, store, ada.id, "Mia", NOW)


def test_what_happened_since_a_merge_stays_with_the_survivor(session: Session) -> None:
    store, ada, bo = two_buyers(session)
    merge.merge(session, store, (ada.id, bo.id), "Mia", NOW)
    profile.change_profile(session, ada, {"city": "Bremen"}, "Mia", NOW + timedelta(hours=1))
    merge.unmerge(session, store, ada.id, "Mia", NOW)
    assert ada.city == "Bremen"


@pytest.mark.parametrize("withdrawn_first", [True, False])
def test_a_merge_never_raises_consent(session: Session, withdrawn_first: bool) -> None:
    store, ada, bo = two_buyers(session)
    early, late = NOW - timedelta(days=2), NOW - timedelta(days=1)
    allow(session, store, ada, "granted", late if withdrawn_first else early)
    allow(session, store, bo, "withdrawn", early if withdrawn_first else late)
    merge.merge(session, store, (ada.id, bo.id), "Mia", NOW)
    state = consent.consent_states(session, store.id, [ada.id])[ada.id]["email"]
    assert state.status == "withdrawn"
    merge.unmerge(session, store, ada.id, "Mia", NOW)
    session.expire_all()
    states = consent.consent_states(session, store.id, [ada.id, bo.id])
    assert (states[ada.id]["email"].status, states[bo.id]["email"].status) == (
        "granted",
        "withdrawn",
    )


def test_a_withdrawal_after_a_merge_counts_for_both_when_they_part(session: Session) -> None:
    store, ada, bo = two_buyers(session)
    allow(session, store, ada, "granted", NOW - timedelta(days=2))
    allow(session, store, bo, "granted", NOW - timedelta(days=2))
    merge.merge(session, store, (ada.id, bo.id), "Mia", NOW)
    allow(session, store, ada, "withdrawn", NOW + timedelta(hours=1))
    merge.unmerge(session, store, ada.id, "Mia", NOW + timedelta(hours=2))
    states = consent.consent_states(session, store.id, [ada.id, bo.id])
    assert {states[b.id]["email"].status for b in (ada, bo)} == {"withdrawn"}


def test_nobody_is_merged_with_herself_a_ghost_or_a_stranger(session: Session) -> None:
    store, ada, bo = two_buyers(session)
    stranger = make_buyer(session, make_store(session))
    with pytest.raises(Conflict):
        merge.merge(session, store, (ada.id, ada.id), "Mia", NOW)
    with pytest.raises(NotFound):
        merge.merge(session, store, (ada.id, stranger.id), "Mia", NOW)
    merge.merge(session, store, (ada.id, bo.id), "Mia", NOW)
    with pytest.raises(Conflict):
        merge.merge(session, store, (ada.id, bo.id), "Mia", NOW)


def test_every_table_of_a_buyer_takes_part_in_a_merge() -> None:
    assert tables.metadata is Base.metadata
    owned = {table.name for table in Base.metadata.sorted_tables if "buyer_id" in table.c}
    assert owned == set(moving.MOVED) | set(moving.UNITED)


def test_a_row_the_survivor_has_as_well_stays_behind(session: Session) -> None:
    store, ada, bo = two_buyers(session)
    for buyer, occurrence in ((ada, "2026"), (bo, "2026"), (bo, "2025")):
        session.add(a_message(store, buyer, occurrence))
    session.flush()
    merge.merge(session, store, (ada.id, bo.id), "Mia", NOW)
    rows = session.execute(
        select(tables.messages.Message.occurrence, tables.messages.Message.buyer_id)
    )
    assert sorted(tuple(row) for row in rows) == [
        ("2025", ada.id),
        ("2026", ada.id),
        ("2026", bo.id),
    ]


def a_message(store: Store, buyer: Buyer, occurrence: str) -> Base:
    return tables.messages.Message(
        store_id=store.id,
        buyer_id=buyer.id,
        campaign_id=5,
        occurrence=occurrence,
        kind="birthday",
        channel="email",
        message_class="marketing",
        recipient="hash",
        content={},
        not_before=NOW,
        expires_at=NOW,
        created_at=NOW,
    )
