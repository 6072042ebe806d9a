"""Refunds of an order: itemised where the platform does so, else one for the whole total."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.buyers.facts.versions import instant, read_instant
from crm.buyers.models import Order, Refund
from crm.events import OrderChanged

# The one refund of a platform that tells only how much was given back in all.
TOTAL = "total"


def total_of(event: OrderChanged) -> int:
    """Tell how much was given back in all, whichever of total and items says more."""
    return max(event.refunded_minor, sum(refund.amount_minor for refund in event.refunds))


def remember(order: Order, event: OrderChanged) -> None:
    """Keep when a refunded total was first seen, whichever picture arrives first."""
    total, seen = str(total_of(event)), instant(event.version.at)
    if total != "0" and seen < order.refunds_seen.get(total, "~"):
        order.refunds_seen = {**order.refunds_seen, total: seen}


def settle(session: Session, order: Order, event: OrderChanged | None) -> None:
    """Bring the refund rows to the newest picture; `event` None: only the date may be older."""
    if not order.refunds_seen:
        return
    rows = {
        row.external_id: row
        for row in session.scalars(
            select(Refund).where(Refund.store_id == order.store_id, Refund.order_id == order.id)
        )
    }
    if event is None:
        if TOTAL in rows:
            rows[TOTAL].refunded_at = _grown_at(order)
        return
    wanted = _wanted(order, event)
    for external_id, (amount, at, reason) in wanted.items():
        row = rows.get(external_id)
        if row is None:
            row = Refund(store_id=order.store_id, order_id=order.id, external_id=external_id)
            session.add(row)
        row.amount_minor, row.refunded_at, row.reason = amount, at, reason
    for gone in rows.keys() - wanted.keys():
        session.execute(
            delete(Refund).where(Refund.store_id == order.store_id, Refund.id == rows[gone].id)
        )


def _wanted(order: Order, event: OrderChanged) -> dict[str, tuple[int, datetime, str | None]]:
    if event.refunds:
        return {
            refund.external_id: (refund.amount_minor, refund.refunded_at, refund.reason)
            for refund in event.refunds
        }
    if order.refunded_minor <= 0:
        return {}
    return {TOTAL: (order.refunded_minor, _grown_at(order), None)}


def _grown_at(order: Order) -> datetime:
    return read_instant(order.refunds_seen[str(order.refunded_minor)])
