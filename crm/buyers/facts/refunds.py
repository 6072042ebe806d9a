"""Refunds of an order: itemised where the platform does so, else one for the whole total.

A refund may also be told by itself. It is kept apart, so that it counts whichever comes first, it
or the order's picture; where both tell of it, the larger amount stands.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.buyers.facts.versions import instant, read_instant
from crm.buyers.models import Order, Refund
from crm.events import OrderChanged, RefundPosted

# The one refund of a platform that tells only how much was given back in all.
TOTAL = "total"
_Wanted = dict[str, tuple[int, datetime, str | None]]


def total_of(event: OrderChanged) -> int:
    """Tell how much was given back in all, whichever of total and items says more."""
    return max(event.refunded_minor, sum(refund.amount_minor for refund in event.refunds))


def remember(order: Order, event: OrderChanged) -> None:
    """Keep when a refunded total was first seen, whichever picture arrives first."""
    total, seen = str(total_of(event)), instant(event.version.at)
    if total != "0" and seen < order.refunds_seen.get(total, "~"):
        order.refunds_seen = {**order.refunds_seen, total: seen}


def post(order: Order, event: RefundPosted) -> bool:
    """Keep a refund that was told by itself; tells whether it says anything new."""
    told = event.refund
    before = order.refunds_posted.get(told.external_id)
    amount, at = told.amount_minor, instant(told.refunded_at)
    if before:
        amount, at = max(amount, before[0]), min(at, before[1])
    if before == [amount, at]:
        return False
    order.refunds_posted = {**order.refunds_posted, told.external_id: [amount, at]}
    return True


def settle(session: Session, order: Order, event: OrderChanged | None) -> None:
    """Bring the refund rows to the newest picture; `event` None: only the date may be older."""
    if not (order.refunds_seen or order.refunds_posted):
        return
    rows = _rows(session, order)
    wanted = _with_posted(order, _pictured(order, rows) if event is None else _wanted(order, event))
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
    if order.refunds_posted:
        _restate(order, sum(amount for amount, _at, _reason in wanted.values()))


def _rows(session: Session, order: Order) -> dict[str, Refund]:
    mine = select(Refund).where(Refund.store_id == order.store_id, Refund.order_id == order.id)
    return {row.external_id: row for row in session.scalars(mine)}


def _pictured(order: Order, rows: dict[str, Refund]) -> _Wanted:
    """Give what the rows say; the date of a total may have become an earlier one."""
    found = {key: (row.amount_minor, row.refunded_at, row.reason) for key, row in rows.items()}
    if TOTAL in found:
        _amount, at, reason = found[TOTAL]
        found[TOTAL] = (order.refunded_minor, _grown_at(order, at), reason)
    return found


def _wanted(order: Order, event: OrderChanged) -> _Wanted:
    if event.refunds:
        return {
            refund.external_id: (refund.amount_minor, refund.refunded_at, refund.reason)
            for refund in event.refunds
        }
    if order.refunded_minor <= 0:
        return {}
    return {TOTAL: (order.refunded_minor, _grown_at(order, event.version.at), None)}


def _with_posted(order: Order, wanted: _Wanted) -> _Wanted:
    """Add the refunds told by themselves; a total that was not itemised holds them already."""
    for external_id, (amount, told_at) in order.refunds_posted.items():
        more, at, reason = wanted.get(external_id, (amount, read_instant(told_at), None))
        wanted[external_id] = (max(more, amount), min(at, read_instant(told_at)), reason)
    if TOTAL in wanted and order.refunds_posted:
        total, at, reason = wanted.pop(TOTAL)
        rest = total - sum(amount for amount, _at, _reason in wanted.values())
        if rest > 0:
            wanted[TOTAL] = (rest, at, reason)
    return wanted


def _restate(order: Order, refunded: int) -> None:
    """Let an order's figures say what its refunds say."""
    order.refunded_minor = max(order.refunded_minor, refunded)
    if order.payment_status != "unpaid" and order.refunded_minor:
        is_whole = order.refunded_minor >= order.total_minor
        order.payment_status = "refunded" if is_whole else "partially_refunded"


def _grown_at(order: Order, otherwise: datetime) -> datetime:
    seen = order.refunds_seen.get(str(order.refunded_minor))
    return read_instant(seen) if seen else otherwise
