"""What the workers run for buyers."""

from crm import clock, db
from crm.buyers import rollups
from crm.stores.models import Store
from crm.stores.queries import list_stores


def reclass_buyers() -> int:
    """Draw every buyer's value class anew; gives how many changed."""
    changed = 0
    with db.session() as session:
        store_ids = [store.id for store in list_stores(session, None)]
    for store_id in store_ids:
        with db.session() as session:
            changed += rollups.reclass(session, session.get_one(Store, store_id), clock.now())
    return changed
