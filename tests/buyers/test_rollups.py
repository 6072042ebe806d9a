from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import db
from crm.buyers import jobs, rollups
from crm.buyers.models import Buyer, TierChange
from tests.factories import NOW, make_buyer, make_order, make_store

LADDER = {
    "A": {"spent_at_least": "100.00", "last_order_within_days": 30},
    "B": {"spent_at_least": "50.00", "last_order_within_days": 30},
    "D": {"spent_at_least": "50.00"},
    "E": {"spent_at_least": "1.00"},
}
SETTINGS = {"tiers": {"policy": "thresholds", "thresholds": LADDER, "hysteresis_percent": 0}}


def test_figures_are_recomputed_from_the_orders_as_they_are(session: Session) -> None:
    store = make_store(session, settings=SETTINGS)
    buyer = make_buyer(session, store)
    make_order(session, store, buyer, total_minor=7000, refunded_minor=1000)
    late = make_order(session, store, buyer, total_minor=6000, placed_at=NOW, paid_at=NOW)
    make_order(session, store, buyer, currency="USD")
    rollups.refresh(session, store, [buyer.id], NOW)
    assert (buyer.orders_count, buyer.spent_minor, buyer.refunded_minor) == (3, 12000, 1000)
    assert (buyer.tier, buyer.last_order_at) == ("A", NOW)
    late.cancelled_at = NOW
    session.flush()
    rollups.refresh(session, store, [buyer.id], NOW)
    assert (buyer.orders_count, buyer.spent_minor, buyer.tier) == (2, 6000, "B")


def test_every_change_of_class_is_kept_with_its_reason(session: Session) -> None:
    store = make_store(session, settings=SETTINGS)
    buyer = make_buyer(session, store)
    make_order(session, store, buyer)
    rollups.refresh(session, store, [buyer.id], NOW)
    rollups.refresh(session, store, [buyer.id], NOW)
    rollups.refresh(session, store, [buyer.id], NOW + timedelta(days=60))
    changes = session.scalars(select(TierChange).order_by(TierChange.id)).all()
    assert [(change.before, change.after) for change in changes] == [(None, "B"), ("B", "D")]
    assert changes[1].reason["spent_minor"] == 5990


def test_the_nightly_run_moves_those_whom_time_has_moved(
    database: None, at: Callable[[str], None]
) -> None:
    with db.session() as session:
        store = make_store(session, settings=SETTINGS)
        for total in (20000, 6000, 100):
            buyer = make_buyer(session, store)
            make_order(session, store, buyer, total_minor=total, placed_at=NOW, paid_at=NOW)
            rollups.refresh(session, store, [buyer.id], NOW)
        make_buyer(session, store)
    assert jobs.reclass_buyers() == 0
    at("2027-06-01T03:00:00Z")
    assert jobs.reclass_buyers() == 2
    assert jobs.reclass_buyers() == 0
    with db.session() as session:
        tiers = session.scalars(select(Buyer.tier).order_by(Buyer.id)).all()
        assert tiers == ["D", "D", "E", None]
        assert len(session.scalars(select(TierChange)).all()) == 5


def test_percentiles_rank_the_buyers_of_a_store(database: None) -> None:
    with db.session() as session:
        store = make_store(session, settings={"tiers": {"policy": "percentiles"}})
        make_buyer(session, store)
        for number in range(20):
            buyer = make_buyer(session, store)
            make_order(session, store, buyer, total_minor=1000 + number)
            rollups.refresh(session, store, [buyer.id], NOW)
    jobs.reclass_buyers()
    assert jobs.reclass_buyers() == 0
    with db.session() as session:
        ranked = session.scalars(select(Buyer.tier).order_by(Buyer.spent_minor.desc())).all()
        assert ranked == [*"ABBBCCCCCCDDDDDDEEEE", None]
