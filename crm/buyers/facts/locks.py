"""Locks that make two workers who meet the same person or fact take turns."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import select, text
from sqlalchemy.orm import Session, SessionTransaction

from crm.buyers.models import Buyer

Name = tuple[str, str]  # (kind, value): ("email", "ada@example.test"), ("order", "1001")
Held = TypeVar("Held")
_Kept: TypeAlias = WeakKeyDictionary[SessionTransaction, set[Held]]
_LOCKED: WeakKeyDictionary[SessionTransaction, set[tuple[int, int]]] = WeakKeyDictionary()
_NAMED: WeakKeyDictionary[SessionTransaction, set[int]] = WeakKeyDictionary()
_HOLD = text("SELECT pg_advisory_xact_lock(number) FROM unnest(CAST(:numbers AS bigint[])) number")


def hold(session: Session, store_id: int, names: Iterable[Name]) -> None:
    """Hold the names until the end of the transaction, also those no row exists for yet.

    One sorted order for everybody, so that two holders cannot wait for each other.
    """
    held = _all_of(session, _NAMED)
    numbers = {_number(store_id, *name) for name in names} - held
    if numbers:
        session.execute(_HOLD, {"numbers": sorted(numbers)})
        _remember(session, _NAMED, numbers)


def lock_buyers(session: Session, store_id: int, buyer_ids: Iterable[int]) -> Sequence[Buyer]:
    """Lock and read buyers, lowest id first; those this transaction holds are not asked again."""
    wanted = sorted(set(buyer_ids))
    held = _all_of(session, _LOCKED)
    if all((store_id, buyer_id) in held for buyer_id in wanted):
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
    _remember(session, _LOCKED, {(buyer.store_id, buyer.id) for buyer in buyers})
    return buyers


def _remember(session: Session, kept: _Kept[Held], new: set[Held]) -> None:
    transaction = _transaction(session)
    if transaction is not None:
        kept.setdefault(transaction, set()).update(new)


def _all_of(session: Session, kept: _Kept[Held]) -> set[Held]:
    """Collect what is held for sure: a savepoint that was rolled back took its locks along."""
    held: set[Held] = set()
    transaction = _transaction(session)
    while transaction is not None:
        held |= kept.get(transaction, set())
        transaction = transaction.parent
    return held


def _transaction(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def _number(store_id: int, kind: str, value: str) -> int:
    digest = hashlib.sha256(f"{store_id}/{kind}/{value}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
