"""Reads the facts a verdict needs, for a whole batch of buyers in three queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Consent, Order, Refund, Suppression
from crm.buyers.zones import buyer_zone
from crm.gates.decide import Facts
from crm.gates.holdout import is_held_out
from crm.signing import address_hash
from crm.stores.models import Store

_ADDRESS = {"email": Buyer.email, "sms": Buyer.phone}


@dataclass(frozen=True, slots=True)
class Ask:
    """One buyer, and the order the message would be about."""

    buyer_id: int
    order_id: int | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the facts are gathered for: channel, marketing or not, and the two holdouts."""

    channel: str
    transactional: bool
    campaign_id: int | None
    store_holdout: int
    campaign_holdout: int


@dataclass(frozen=True, slots=True)
class Known:
    """A buyer's facts with the recipient key her address hashes to."""

    facts: Facts
    recipient: str
    locale: str | None
    spent_minor: int


def gather(
    session: Session, store: Store, occasion: Occasion, asks: Sequence[Ask]
) -> dict[Ask, Known]:
    """Read the facts of every buyer asked about; a buyer that is gone is left out."""
    buyers = _buyers(session, store.id, occasion.channel, [ask.buyer_id for ask in asks])
    orders = _orders(session, store.id, [ask.order_id for ask in asks if ask.order_id])
    hashes = {
        buyer_id: address_hash(occasion.channel, row.address)
        for buyer_id, row in buyers.items()
        if row.address
    }
    blocked = _suppressed(session, store.id, occasion, list(hashes.values()))
    known = {}
    for ask in asks:
        if ask.buyer_id in buyers:
            recipient = hashes.get(ask.buyer_id, "")
            row, order = buyers[ask.buyer_id], orders.get(ask.order_id or 0)
            facts = _facts(store, occasion, row, order, suppressed=recipient in blocked)
            known[ask] = Known(facts, recipient, row.Buyer.locale, row.Buyer.spent_minor)
    return known


def _buyers(session: Session, store_id: int, channel: str, ids: list[int]) -> dict[int, Any]:
    last_refund = (
        select(func.max(Refund.refunded_at))
        .join(Order, and_(Order.store_id == Refund.store_id, Order.id == Refund.order_id))
        .where(Order.store_id == store_id, Order.buyer_id == Buyer.id)
        .scalar_subquery()
    )
    consent = and_(
        Consent.store_id == store_id, Consent.buyer_id == Buyer.id, Consent.channel == channel
    )
    asked = (
        select(
            Buyer,
            _ADDRESS[channel].label("address"),
            Consent.status.label("consent"),
            last_refund.label("last_refund_at"),
        )
        .outerjoin(Consent, consent)
        .where(Buyer.store_id == store_id, Buyer.id.in_(ids))
    )
    return {row.Buyer.id: row for row in session.execute(asked)}


def _orders(session: Session, store_id: int, ids: list[int]) -> dict[int, Any]:
    if not ids:
        return {}
    asked = select(Order.id, Order.status, Order.payment_status).where(
        Order.store_id == store_id, Order.id.in_(ids)
    )
    return {row.id: row for row in session.execute(asked)}


def _suppressed(session: Session, store_id: int, occasion: Occasion, hashes: list[str]) -> set[str]:
    scopes = ["all"] if occasion.transactional else ["all", "marketing"]
    asked = select(Suppression.address_hash).where(
        Suppression.store_id == store_id,
        Suppression.channel == occasion.channel,
        Suppression.address_hash.in_(hashes),
        Suppression.scope.in_(scopes),
    )
    return set(session.scalars(asked))


def _facts(store: Store, occasion: Occasion, row: Any, order: Any, *, suppressed: bool) -> Facts:
    buyer: Buyer = row.Buyer
    zone, zone_source = buyer_zone(buyer, store)
    refunded_at: datetime | None = row.last_refund_at
    return Facts(
        has_address=bool(row.address),
        consent=row.consent or "none",
        suppressed=suppressed,
        erased=buyer.erased_at is not None or buyer.merged_into is not None,
        open_cases=buyer.open_cases,
        last_refund_at=refunded_at,
        order_status=order.status if order else None,
        order_payment=order.payment_status if order else None,
        zone=str(zone),
        zone_source=zone_source,
        held_out=_held_out(store.id, buyer.id, occasion),
    )


def _held_out(store_id: int, buyer_id: int, occasion: Occasion) -> bool:
    return is_held_out(store_id, buyer_id, None, occasion.store_holdout) or is_held_out(
        store_id, buyer_id, occasion.campaign_id, occasion.campaign_holdout
    )
