"""Value classes follow the settings that draw them."""

from sqlalchemy import select

from crm import db
from crm.buyers import rollups
from crm.buyers.models import Buyer, TierChange
from crm.stores.models import Store
from tests.api.conftest import Program
from tests.factories import NOW, make_buyer, make_order


def test_new_thresholds_move_the_buyers_at_once(api: Program, store: Store) -> None:
    with db.session() as session:
        buyer = make_buyer(session, store)
        make_order(session, store, buyer, total_minor=20_000, placed_at=NOW, paid_at=NOW)
        rollups.refresh(session, store, [buyer.id], NOW)
    assert api.get(f"/buyers/{buyer.id}")["tier"]["class"] == "B"
    whole = api.get(f"/settings/{store.slug}")
    whole["tiers"]["thresholds"]["A"]["spent_at_least"] = "180.00"
    api.put(f"/settings/{store.slug}", whole)
    assert api.get(f"/buyers/{buyer.id}")["tier"]["class"] == "A"
    api.put(f"/settings/{store.slug}", whole)
    with db.session() as session:
        changes = session.scalars(select(TierChange.after).order_by(TierChange.id)).all()
        assert (changes, session.get_one(Buyer, (store.id, buyer.id)).tier) == (["B", "A"], "A")
