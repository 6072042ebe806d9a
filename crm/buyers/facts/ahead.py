"""What a batch of facts reads in a few trips beforehand, so that most facts need none of their own.

Outside of a batch, after anything unusual (a merge, an erasure) and for whatever was not read,
nothing is known here, and whoever asks reads for himself. Figures are postponed to the end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import CollectionAggregate, any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from crm.buyers.facts.locks import Name, remember_locked
from crm.buyers.models import Buyer, Consent, Identity, Order, OrderItem, Review, Tombstone
from crm.signing import address_hash

_READ, _LATER = "read ahead", "postponed"
_NUMBERS = text(
    "SELECT nextval(pg_get_serial_sequence('buyers', 'id')),"
    " nextval(pg_get_serial_sequence('orders', 'id')) FROM generate_series(1, :count)"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a batch is about: the names of people, and its orders by the storefront's ids."""

    names: frozenset[Name]
    orders: frozenset[str]
    # Orders whose reviews are part of the batch, too.
    reviewed: frozenset[str]
    events: int


@dataclass(slots=True)
class Ahead:
    """What is known: a missing key was not read, None is not there."""

    unburied: frozenset[Name]
    identities: dict[Name, Identity | None]
    buyers: dict[int, Buyer]
    consents: dict[tuple[int, str], Consent | None]
    orders: dict[str, Order | None]
    items: dict[int, list[OrderItem]]
    unreviewed: frozenset[str]
    numbers: dict[type, list[int]]


@dataclass(slots=True)
class Later:
    """What is left for the end of the batch; it keeps the rows at hand, which nobody else holds."""

    read: Ahead
    buyers: set[int] = field(default_factory=set)
    orders: dict[int, Order] = field(default_factory=dict)


def begin(session: Session, store_id: int, wanted: Wanted) -> None:
    """Read what a batch is about; the caller holds the locks on all its names."""
    orders = _orders(session, store_id, wanted.orders)
    known = [order for order in orders.values() if order is not None]
    identities, buyers = _people(session, store_id, wanted.names)
    read = Ahead(
        unburied=_unburied(session, store_id, wanted.names),
        identities=identities,
        buyers=buyers,
        consents=_consents(session, store_id, buyers),
        orders=orders,
        items=_items(session, store_id, known),
        unreviewed=_unreviewed(session, store_id, wanted),
        numbers=_numbers(session, wanted.events),
    )
    session.info[_READ], session.info[_LATER] = read, Later(read)


def finish(session: Session) -> Later:
    """End the batch; gives what was postponed."""
    forget(session)
    later: Later = session.info.pop(_LATER)
    return later


def find(session: Session) -> Ahead | None:
    """Find what was read, while it holds."""
    return session.info.get(_READ)


def forget(session: Session) -> None:
    """Forget what was read: rows were changed past it."""
    session.info.pop(_READ, None)


def postponed(session: Session) -> Later | None:
    """Find the list of what is left for the end, inside a batch."""
    return session.info.get(_LATER)


def number(session: Session, table: type[Buyer] | type[Order]) -> int | None:
    """Take a number for a new row, which then need not be written to have one."""
    read = find(session)
    return read.numbers[table].pop() if read else None


def learn(session: Session, row: Buyer | Consent | Identity | Order) -> None:
    """Remember a row that is new; outside of a batch it is just added."""
    session.add(row)
    read = find(session)
    if read is None:
        return
    if isinstance(row, Identity):
        read.identities[row.kind, row.value] = row
    elif isinstance(row, Consent):
        read.consents[row.buyer_id, row.channel] = row
    elif isinstance(row, Order):
        read.orders[row.external_id] = row
    elif row.id is not None:
        read.buyers[row.id] = row


def _orders(
    session: Session, store_id: int, external_ids: Iterable[str]
) -> dict[str, Order | None]:
    wanted = sorted(external_ids)
    found = session.scalars(
        select(Order)
        .where(Order.store_id == store_id, Order.external_id == _any(wanted))
        .order_by(Order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return dict.fromkeys(wanted) | {order.external_id: order for order in found}


def _people(
    session: Session, store_id: int, names: Iterable[Name]
) -> tuple[dict[Name, Identity | None], dict[int, Buyer]]:
    wanted = sorted(names)
    rows = session.execute(
        select(Identity, Buyer)
        .join(Buyer, (Buyer.store_id == Identity.store_id) & (Buyer.id == Identity.buyer_id))
        .where(
            Identity.store_id == store_id,
            Identity.kind == _any(sorted({kind for kind, _ in wanted})),
            Identity.value == _any(sorted({value for _, value in wanted})),
        )
        .order_by(Buyer.id)
        .with_for_update(of=Buyer)
        .execution_options(populate_existing=True)
    ).all()
    buyers = {buyer.id: buyer for _, buyer in rows}
    remember_locked(session, list(buyers.values()))
    found = {(identity.kind, identity.value): identity for identity, _ in rows}
    return dict.fromkeys(wanted) | found, buyers


def _consents(
    session: Session, store_id: int, buyer_ids: Iterable[int]
) -> dict[tuple[int, str], Consent | None]:
    known: dict[tuple[int, str], Consent | None] = {
        (buyer_id, channel): None for buyer_id in buyer_ids for channel in ("email", "sms")
    }
    if known:
        for row in session.scalars(
            select(Consent).where(Consent.store_id == store_id, Consent.buyer_id.in_(buyer_ids))
        ):
            known[row.buyer_id, row.channel] = row
    return known


def _unburied(session: Session, store_id: int, names: Iterable[Name]) -> frozenset[Name]:
    hashes = {name: address_hash(*name) for name in names}
    buried = session.scalars(
        select(Tombstone.hash).where(
            Tombstone.store_id == store_id, Tombstone.hash == _any(sorted(hashes.values()))
        )
    )
    graves = set(buried)
    return frozenset(name for name, kept in hashes.items() if kept not in graves)


def _items(session: Session, store_id: int, orders: Sequence[Order]) -> dict[int, list[OrderItem]]:
    items: dict[int, list[OrderItem]] = {order.id: [] for order in orders}
    if items:
        for row in session.scalars(
            select(OrderItem)
            .where(OrderItem.store_id == store_id, OrderItem.order_id.in_(items))
            .order_by(OrderItem.id)
        ):
            items[row.order_id].append(row)
    return items


def _unreviewed(session: Session, store_id: int, wanted: Wanted) -> frozenset[str]:
    """List the orders that no review leans on, nor will one of this batch."""
    leaning = session.scalars(
        select(Review.order_external_id).where(
            Review.store_id == store_id,
            Review.order_external_id == _any(sorted(wanted.orders)),
            Review.person_version.is_(None),
        )
    )
    return wanted.orders - set(leaning) - wanted.reviewed


def _numbers(session: Session, count: int) -> dict[type, list[int]]:
    rows = session.execute(_NUMBERS, {"count": count}).all()
    buyers, orders = zip(*rows, strict=True)
    return {Buyer: sorted(buyers, reverse=True), Order: sorted(orders, reverse=True)}


def _any(values: Sequence[str]) -> CollectionAggregate[bool]:
    """Compare with a list as one value: the statement is the same for every length."""
    return any_(literal(values, ARRAY(Text)))
