"""What the workers run for segments at night."""

from crm import clock, db
from crm.segments.nightly import history, rfm
from crm.stores.models import Store
from crm.stores.queries import list_stores


def draw_rfm() -> int:
    """Draw every store's fifths anew; gives how many stores' moved."""
    with db.session() as session:
        store_ids = [store.id for store in list_stores(session, None)]
    moved = 0
    for store_id in store_ids:
        with db.session() as session:
            moved += rfm.draw(session, store_id, clock.now())
    return moved


def count_segments() -> int:
    """Keep today's count of every saved segment; gives how many were counted."""
    with db.session() as session:
        store_ids = [store.id for store in list_stores(session, None)]
    counted = 0
    for store_id in store_ids:
        with db.session() as session:
            store = session.get_one(Store, store_id)
            counted += history.record_counts(session, store, clock.now())
    return counted
