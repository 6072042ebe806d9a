"""Orders as the storefront sees them now: the newest picture stands, older ones only add."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.buyers import rollups
from crm.buyers.facts import ahead, refunds, reviews
from crm.buyers.facts.versions import instant, stamp
from crm.buyers.identity import Sighting, names_of, resolve
from crm.buyers.models import Buyer, Order, OrderItem
from crm.events import Item, OrderChanged, OrderDeleted, RefundPosted
from crm.stores.models import Store

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_COPIED = (
    "number",
    "status",
    "payment_status",
    "fulfillment_status",
    "placed_at",
    "fulfilled_at",
    "delivered_at",
    "cancelled_at",
    "currency",
    "total_minor",
    "discount_minor",
    "payment_method",
    "test",
)

_UNPICTURED = {
    "status": "cancelled",
    "payment_status": "unpaid",
    "fulfillment_status": "unfulfilled",
    "total_minor": 0,
    "refunded_minor": 0,
    "version_rank": 0,
    "version_digest": "",
}


def record_order(
    session: Session, store: Store, event: OrderChanged, now: datetime
) -> Order | None:
    """Record an order; None when we know a newer picture of it.

    An older picture still tells who the buyer is and when money was given back.
    """
    order = _find(session, store, event.external_id)
    is_new, before = order is None, order.buyer_id if order else None
    buyer = _buyer(session, store, event, now)
    newer = order is None or _version(order) < _version_of(event)
    if order is None:
        order = _blank(session, store, event, now)
    if newer:
        _copy(order, event, now)
    renamed = _name_buyer(session, order, event, buyer, store)
    refunds.remember(order, event)
    if ahead.find(session) is None:
        session.flush()
    if newer:
        _replace_items(session, order, event.items, is_new=is_new)
    refunds.settle(session, order, event if newer else None)
    if renamed:
        reviews.follow(session, store, order)
    rollups.refresh(session, store, {id_ for id_ in (before, order.buyer_id) if id_}, now)
    return order if newer else None


def record_refund(
    session: Session, store: Store, event: RefundPosted, now: datetime
) -> Order | None:
    """Record a refund told by itself; None when it says nothing new. The order may come later."""
    order = _find(session, store, event.order_external_id)
    if order is None:
        order = _blank(session, store, event, now)
    if not refunds.post(order, event):
        return None
    session.flush()
    refunds.settle(session, order, None)
    if order.buyer_id:
        rollups.refresh(session, store, [order.buyer_id], now)
    return order


def record_deletion(
    session: Session, store: Store, event: OrderDeleted, now: datetime
) -> Order | None:
    """Record that an order was thrown away; a later picture of it may bring it back."""
    order = _find(session, store, event.external_id)
    if order is not None and _version(order) >= _version_of(event):
        return None
    if order is None:
        order = _blank(session, store, event, now)
    order.deleted_at = event.version.at
    _stamp(order, event, now)
    session.flush()
    if order.buyer_id:
        rollups.refresh(session, store, [order.buyer_id], now)
    return order


def _buyer(session: Session, store: Store, event: OrderChanged, now: datetime) -> Buyer | None:
    if event.person is None:
        return None
    return resolve(session, store, Sighting(event.person, event.version, event.placed_at), now)


def _find(session: Session, store: Store, external_id: str) -> Order | None:
    read = ahead.find(session)
    if read and external_id in read.orders:
        return read.orders[external_id]
    return session.scalar(
        select(Order)
        .where(Order.store_id == store.id, Order.external_id == external_id)
        .with_for_update()
    )


def _blank(
    session: Session,
    store: Store,
    event: OrderChanged | OrderDeleted | RefundPosted,
    now: datetime,
) -> Order:
    """Make the row of an order that no picture has filled yet; a deletion may come first."""
    is_refund = isinstance(event, RefundPosted)
    external_id = event.order_external_id if isinstance(event, RefundPosted) else event.external_id
    order = Order(
        store_id=store.id,
        id=ahead.number(session, Order),
        external_id=external_id,
        number=external_id,
        placed_at=event.version.at,
        currency=store.currency,
        coupon_codes=[],
        refunds_seen={},
        refunds_posted={},
        # Of a refund alone no picture is known: any will be newer.
        version_at=_NEVER if is_refund else event.version.at,
        created_at=now,
        updated_at=now,
        **_UNPICTURED,
    )
    ahead.learn(session, order)
    return order


def _copy(order: Order, event: OrderChanged, now: datetime) -> None:
    for field in _COPIED:
        setattr(order, field, getattr(event, field))
    is_paid = event.payment_status != "unpaid"
    order.paid_at = event.paid_at or (event.placed_at if is_paid else None)
    order.refunded_minor = refunds.total_of(event)
    order.coupon_codes = list(event.coupon_codes)
    order.tracking = _tracking(event)
    order.deleted_at = None
    _stamp(order, event, now)


def _tracking(event: OrderChanged) -> dict[str, Any] | None:
    if event.tracking is None:
        return None
    found = event.tracking
    return {"carrier": found.carrier, "number": found.number, "url": found.url}


def _stamp(order: Order, event: OrderChanged | OrderDeleted, now: datetime) -> None:
    version = event.version
    order.version_at, order.version_rank = version.at, version.rank
    order.version_digest, order.updated_at = version.digest, now


def _name_buyer(
    session: Session, order: Order, event: OrderChanged, buyer: Buyer | None, store: Store
) -> bool:
    """Tie the order to the buyer whom the newest picture that named one names; True if tied anew.

    A picture that names somebody erased ties it to nobody, or leaves it with her emptied row.
    """
    names, named = names_of(event.person, store), stamp(event.version)
    if not names.all or (order.person_version is not None and named < order.person_version):
        return False
    before = (order.buyer_id, order.person_version is None)
    order.person_version, order.by_phone = named, names.only_phone if buyer else None
    if buyer is not None:
        if buyer in session.new and order not in session.new:
            session.flush()  # an order that is there already points to nobody who is not
        order.buyer_id = buyer.id
    elif order.buyer_id is not None:
        kept = session.get(Buyer, (store.id, order.buyer_id))
        order.buyer_id = kept.id if kept and kept.erased_at else None
    return before != (order.buyer_id, False)


def _replace_items(session: Session, order: Order, items: Sequence[Item], *, is_new: bool) -> None:
    """Make these the lines of an order; lines that are the same already are left alone."""
    mine = (OrderItem.store_id == order.store_id) & (OrderItem.order_id == order.id)
    wanted = [_line(item) for item in items]
    read = ahead.find(session)
    if not is_new:
        present = read.items.get(order.id) if read else None
        if present is None:
            query = select(OrderItem).where(mine).order_by(OrderItem.id)
            present = list(session.scalars(query))
        if [_line(row) for row in present] == wanted:
            return
        session.execute(delete(OrderItem).where(mine))
    rows = [OrderItem(store_id=order.store_id, order_id=order.id, **line) for line in wanted]
    session.add_all(rows)
    if read:
        read.items[order.id] = rows


def _line(row: OrderItem | Item) -> dict[str, Any]:
    return {field: getattr(row, field) for field in Item.__dataclass_fields__}


def _version(order: Order) -> tuple[str, int, str]:
    return (instant(order.version_at), order.version_rank, order.version_digest)


def _version_of(event: OrderChanged | OrderDeleted) -> tuple[str, int, str]:
    return (instant(event.version.at), event.version.rank, event.version.digest)
