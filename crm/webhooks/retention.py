"""Forgets what webhooks said once a store's retention time is over; that they came stays known."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from crm.stores.models import Store
from crm.stores.queries import list_stores
from crm.stores.settings import read_settings
from crm.webhooks.models import Webhook

_BATCH = 5000


def forget_bodies(session: Session, now: datetime) -> int:
    """Forget the bodies of settled webhooks older than each store keeps them; gives the number."""
    return sum(_forget(session, store, now) for store in list_stores(session, None))


def _forget(session: Session, store: Store, now: datetime) -> int:
    days = read_settings(store).retention["webhook_bodies_days"]
    old = (
        select(Webhook.id)
        .where(
            Webhook.store_id == store.id,
            Webhook.received_at < now - timedelta(days=days),
            Webhook.body.is_not(None),
            Webhook.state.in_(("done", "failed")),
        )
        .limit(_BATCH)
    )
    changed: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(Webhook)
        .where(Webhook.store_id == store.id, Webhook.id.in_(old))
        .values(body=None, headers={})
        .execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)
