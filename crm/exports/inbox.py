"""Every webhook a store kept, with what became of it; bodies stay where they are."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from crm.exports.wording import moment
from crm.stores.models import Store
from crm.webhooks.models import Webhook


def rows(session: Session, store: Store) -> Iterator[dict[str, Any]]:
    """Give every webhook of the store."""
    wanted = (
        Webhook.delivery_id,
        Webhook.topic,
        Webhook.state,
        Webhook.attempts,
        Webhook.error,
        Webhook.outcome,
        Webhook.received_at,
    )
    query = select(Webhook).where(Webhook.store_id == store.id).options(load_only(*wanted))
    for webhook in session.scalars(query):
        yield {
            "kind": "webhook",
            "delivery_id": webhook.delivery_id,
            "topic": webhook.topic,
            "state": webhook.state,
            "attempts": webhook.attempts,
            "error": webhook.error,
            "outcome": webhook.outcome,
            "received_at": moment(webhook.received_at),
        }
