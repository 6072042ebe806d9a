"""Keeps every delivery once, as it came."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm import db
from crm.webhooks.models import Webhook


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified webhook to be kept."""

    store_id: int
    platform: str
    delivery_id: str
    topic: str
    headers: dict[str, str]
    received_at: datetime
    body: bytes = field(repr=False)


def keep(session: Session, delivery: Delivery) -> bool:
    """Keep a webhook unless it is kept already; tells whether it is new."""
    return session.connection().execute(_KEEP, _row(delivery)).first() is not None


def keep_at_once(delivery: Delivery) -> bool:
    """Keep a webhook in a transaction of its own, which costs one trip to the database."""
    return db.run_alone(_KEEP, _row(delivery)) is not None


def cleaned(text: str, most: int) -> str:
    """Make text that PostgreSQL keeps: printable, without half characters, not endless."""
    if text.isascii() and text.isprintable():
        return text[:most].strip()
    whole = text.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else " " for letter in whole[:most]).strip()


def _row(delivery: Delivery) -> dict[str, Any]:
    return {
        "store_id": delivery.store_id,
        "platform": delivery.platform,
        "delivery_id": _key(delivery.delivery_id),
        "topic": cleaned(delivery.topic, 100) or "unknown",
        "headers": {name: cleaned(value, 1000) for name, value in delivery.headers.items()},
        "body": delivery.body,
        "received_at": delivery.received_at,
    }


def _key(delivery_id: str) -> str:
    """Keep a plain id as it is; any other by its hash, so that no two become one."""
    if delivery_id and delivery_id == cleaned(delivery_id, 200):
        return delivery_id
    return f"sha256-{sha256(delivery_id.encode('utf-8', 'surrogatepass')).hexdigest()}"


# Straight at the table: the way over mapped objects costs as much as the insert itself.
_KEEP = (
    insert(Webhook.__table__)  # type: ignore[arg-type]
    .values(state="pending", attempts=0)
    .on_conflict_do_nothing(index_elements=["store_id", "delivery_id"])
    .returning(Webhook.id)
)
