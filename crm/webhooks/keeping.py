"""Keeps every delivery once, as it came."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from crm import db

# A store that is not there is NULL, and so refused as by a foreign key, but no row is locked.
# Written out: to let it be made anew for each webhook costs half as much as the insert itself.
_KEEP = """
INSERT INTO webhooks
    (store_id, platform, delivery_id, topic, headers, body, received_at, state, attempts)
VALUES ((SELECT id FROM stores WHERE id = %(store_id)s), %(platform)s, %(delivery_id)s,
    %(topic)s, %(headers)s, %(body)s, %(received_at)s, 'pending', 0)
ON CONFLICT (store_id, delivery_id) DO NOTHING
"""


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
    kept = session.connection().exec_driver_sql(_KEEP, _row(delivery))
    return kept.rowcount == 1


def keep_at_once(delivery: Delivery) -> None:
    """Keep a webhook in a transaction of its own, which costs one trip to the database."""
    db.run_alone(_KEEP, _row(delivery))


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
        "headers": Jsonb({name: cleaned(text, 1000) for name, text in delivery.headers.items()}),
        "body": delivery.body,
        "received_at": delivery.received_at,
    }


def _key(delivery_id: str) -> str:
    """Keep a plain id as it is; any other by its hash, so that no two become one."""
    if delivery_id and delivery_id == cleaned(delivery_id, 200):
        return delivery_id
    return f"sha256-{sha256(delivery_id.encode('utf-8', 'surrogatepass')).hexdigest()}"
