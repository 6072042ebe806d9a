"""A tea shop with buyers who agreed to mail, and campaigns over them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm import db
from crm.buyers.models import Buyer, Consent
from crm.campaigns import lifecycle, write
from crm.campaigns.models import Campaign
from crm.stores.models import Store
from tests.factories import NOW, make_buyer, make_store

PAYLOAD: dict[str, Any] = {
    "name": "Autumn",
    "kind": "promotion",
    "message": {"subject": "New harvest", "body": "Hello {{ buyer.first_name }}", "format": "text"},
}

Started = Callable[..., Campaign]


@pytest.fixture
def shop(database: None) -> Store:
    """A store whose default cap is two promotions in seven days."""
    with db.session() as session:
        return make_store(session, name="Tea House")


@pytest.fixture
def started(shop: Store) -> Started:
    """Make and start a campaign of the shop."""

    def start(now: datetime = NOW, **changes: Any) -> Campaign:
        with db.session() as session:
            store = session.get_one(Store, shop.id)
            campaign = write.create_campaign(session, store, PAYLOAD | changes, now)
            return lifecycle.start(session, store, campaign, now)

    return start


def agreed(session: Session, store: Store, **changes: Any) -> Buyer:
    """Add a buyer who agreed to mail."""
    buyer = make_buyer(session, store, **changes)
    session.add(
        Consent(
            store_id=store.id,
            buyer_id=buyer.id,
            channel="email",
            status="granted",
            basis="consent",
            source="form",
            decided_at=NOW,
        )
    )
    session.flush()
    return buyer
