"""Every decision about a channel, one row each; a row never changes."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.buyers.models import ConsentEvent
from crm.exports.wording import moment, reference
from crm.stores.models import Store


def rows(session: Session, store: Store) -> Iterator[dict[str, Any]]:
    """Give every consent event of the store."""
    for event in session.scalars(select(ConsentEvent).where(ConsentEvent.store_id == store.id)):
        yield {
            "kind": "consent",
            "id": reference(event.id),
            "buyer": reference(event.buyer_id),
            "channel": event.channel,
            "status": event.status,
            "basis": event.basis,
            "source": event.source,
            "proof": event.proof,
            "actor": event.actor,
            "at": moment(event.decided_at),
        }
