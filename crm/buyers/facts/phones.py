"""Whose phone it is: the earliest claim wins, and what only showed the number follows its owner.

Families share a phone, so it never makes one buyer of two who have an address or an external id.
Somebody known by nothing but a phone is a persona: she becomes the owner as soon as one claims it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from crm.buyers import merge, rollups
from crm.buyers.facts import ahead, fold
from crm.buyers.facts.locks import lock_buyers
from crm.buyers.models import Buyer, Identity, Order, Review
from crm.stores.models import Store

# The claim of a number that was typed in here: no storefront's claim is earlier.
BY_HAND = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A number said together with a stronger name, and the version of the fact that said it."""

    phone: str
    stamp: str
    claimed_at: datetime


def find_persona(session: Session, store: Store, phone: Identity | None) -> Buyer | None:
    """Find the buyer known by nothing but this phone, to be named from now on.

    What she said as a mere phone is forgotten, as it would have been had she been known before.
    """
    if phone is None or phone.claim is not None:
        return None
    (buyer,) = lock_buyers(session, store.id, [phone.buyer_id])
    fold.forget(buyer, [*fold.heard(buyer), "joined_at"])
    return buyer


def claim(
    session: Session, store: Store, buyer: Buyer, phone: Identity | None, wanted: Claim
) -> None:
    """Claim a phone, whose identity is `phone` if it has one; an earlier claim keeps it."""
    if phone is None:
        new = Identity(
            store_id=store.id,
            kind="phone",
            value=wanted.phone,
            buyer_id=buyer.id,
            claim=wanted.stamp,
            created_at=wanted.claimed_at,
        )
        ahead.learn(session, new)
        return
    first = phone.claim is None or wanted.stamp < phone.claim
    if phone.buyer_id != buyer.id and first:
        _hand_over(session, store, buyer, phone, wanted.claimed_at)
    if first:
        phone.claim = wanted.stamp


def _hand_over(
    session: Session, store: Store, buyer: Buyer, phone: Identity, now: datetime
) -> None:
    ahead.forget(session)
    session.flush()
    if phone.claim is None:
        merge.absorb_persona(session, store, buyer, phone.buyer_id, now)
        session.refresh(phone)
        return
    loser, phone.buyer_id = phone.buyer_id, buyer.id
    bought = (Order.store_id == store.id) & (Order.by_phone == phone.value)
    about = select(Order.external_id).where(bought)
    said = or_(
        Review.by_phone == phone.value,
        Review.person_version.is_(None) & Review.order_external_id.in_(about),
    )
    for table, shown in ((Order, bought), (Review, (Review.store_id == store.id) & said)):
        session.execute(
            update(table).where(shown, table.buyer_id == loser).values(buyer_id=buyer.id)
        )
    session.flush()
    session.expire_all()
    rollups.refresh(session, store, [buyer.id, loser], now)
