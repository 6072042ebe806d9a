"""Locks that make two workers who meet the same person or fact take turns."""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session
from sqlalchemy.sql import cast, func

from crm.buyers.models import Buyer

Name = tuple[str, str]  # (kind, value): ("email", "ada@example.test"), ("order", "1001")


def hold(session: Session, store_id: int, names: Iterable[Name]) -> None:
    """Hold the names until the end of the transaction, also those no row exists for yet.

    One sorted order for everybody, so that two holders cannot wait for each other.
    """
    numbers = sorted({_number(store_id, *name) for name in names})
    if numbers:
        wanted = func.unnest(cast(array(numbers), ARRAY(BigInteger))).column_valued("number")
        session.execute(select(func.pg_advisory_xact_lock(wanted)))


def lock_buyers(session: Session, store_id: int, buyer_ids: Iterable[int]) -> Sequence[Buyer]:
    """Lock and read buyers, lowest id first."""
    wanted = sorted(set(buyer_ids))
    if not wanted:
        return []
    query = (
        select(Buyer)
        .where(Buyer.store_id == store_id, Buyer.id.in_(wanted))
        .order_by(Buyer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def _number(store_id: int, kind: str, value: str) -> int:
    digest = hashlib.sha256(f"{store_id}/{kind}/{value}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
