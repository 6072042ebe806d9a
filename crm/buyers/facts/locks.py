"""Locks that make two workers who meet the same person or fact take turns."""

import hashlib
from collections.abc import Iterable, Sequence
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.sql import cast, func

from crm.buyers.models import Buyer

Name = tuple[str, str]  # (kind, value): ("email", "ada@example.test"), ("order", "1001")
_LOCKED: WeakKeyDictionary[SessionTransaction, set[tuple[int, int]]] = WeakKeyDictionary()


def hold(session: Session, store_id: int, names: Iterable[Name]) -> None:
    """Hold the names until the end of the transaction, also those no row exists for yet.

    One sorted order for everybody, so that two holders cannot wait for each other.
    """
    numbers = sorted({_number(store_id, *name) for name in names})
    if numbers:
        wanted = func.unnest(cast(array(numbers), ARRAY(BigInteger))).column_valued("number")
        session.execute(select(func.pg_advisory_xact_lock(wanted)))


def lock_buyers(session: Session, store_id: int, buyer_ids: Iterable[int]) -> Sequence[Buyer]:
    """Lock and read buyers, lowest id first; those this transaction holds are not asked again."""
    wanted = sorted(set(buyer_ids))
    if all((store_id, buyer_id) in _held(session) for buyer_id in wanted):
        return [session.get_one(Buyer, (store_id, buyer_id)) for buyer_id in wanted]
    query = (
        select(Buyer)
        .where(Buyer.store_id == store_id, Buyer.id.in_(wanted))
        .order_by(Buyer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return remember_locked(session, session.scalars(query).all())


def remember_locked(session: Session, buyers: Sequence[Buyer]) -> Sequence[Buyer]:
    """Note that buyers were read with a lock; gives them back."""
    transaction = _transaction(session)
    if transaction is not None:
        names = {(buyer.store_id, buyer.id) for buyer in buyers}
        _LOCKED.setdefault(transaction, set()).update(names)
    return buyers


def _held(session: Session) -> set[tuple[int, int]]:
    """Collect what is locked for sure: a savepoint that was rolled back took its locks along."""
    held: set[tuple[int, int]] = set()
    transaction = _transaction(session)
    while transaction is not None:
        held |= _LOCKED.get(transaction, set())
        transaction = transaction.parent
    return held


def _transaction(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def _number(store_id: int, kind: str, value: str) -> int:
    digest = hashlib.sha256(f"{store_id}/{kind}/{value}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
