"""Erasing a person: her row is emptied, her names become keyed hashes, the sales stay.

An erasure counts as of its instant, in whatever order facts arrive: what she did up to then cannot
bring her back, and somebody who comes anew afterwards is a new buyer without consents.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm.buyers import rollups, zones
from crm.buyers.consent import Block, consent_states, suppress
from crm.buyers.facts import ahead, fold, wiping
from crm.buyers.facts.locks import Name, lock_buyers
from crm.buyers.facts.names import Names, find_owners, names_of
from crm.buyers.facts.versions import instant, read_instant
from crm.buyers.models import Buyer, Consent, Identity, Order, Review, Tombstone
from crm.events import BuyerErased, Person
from crm.signing import address_hash
from crm.stores.models import Store


def record_erasure(session: Session, store: Store, event: BuyerErased, now: datetime) -> int:
    """Record that a storefront deleted a customer; gives how many buyers that emptied."""
    told = Person(external_id=event.external_id, email=event.email, phone=event.phone)
    names = names_of(told, store)
    return _bury(session, store, names.strong or names.all, event.version.at, now)


def erase_buyer(session: Session, store: Store, buyer: Buyer, now: datetime) -> None:
    """Erase a buyer for good, as of now."""
    (locked,) = lock_buyers(session, store.id, [buyer.id])
    _empty(session, store, locked, now, now)


def is_buried(
    session: Session, store: Store, names: Names, seen_at: datetime, now: datetime
) -> bool:
    """Tell whether somebody seen at an instant was erased at or after it.

    The other names said with the buried one are hers as well, so they are buried with it.
    """
    proving = names.strong or names.all
    read = ahead.find(session)
    if read and read.unburied.issuperset(proving):
        return False
    hashes = [_hash(*name) for name in proving]
    erased_at = session.scalar(
        select(func.max(Tombstone.erased_at)).where(
            Tombstone.store_id == store.id,
            Tombstone.hash.in_(hashes),
            Tombstone.erased_at >= seen_at,
        )
    )
    if erased_at is None:
        return False
    if len(proving) > 1:
        _bury(session, store, proving, erased_at, now)
    return True


def _bury(
    session: Session, store: Store, names: Sequence[Name], erased_at: datetime, now: datetime
) -> int:
    ahead.forget(session)
    _entomb(session, store.id, names, erased_at)
    owners = lock_buyers(session, store.id, find_owners(session, store.id, names))
    for buyer in owners:
        if fold.newest_sight(buyer) > instant(erased_at):
            _empty_past(session, store, buyer, erased_at, now)
        else:
            _empty(session, store, buyer, erased_at, now)
    return len(owners)


def _empty(
    session: Session, store: Store, buyer: Buyer, erased_at: datetime, now: datetime
) -> None:
    rows = session.execute(
        delete(Identity)
        .where(Identity.store_id == store.id, Identity.buyer_id == buyer.id)
        .returning(Identity.kind, Identity.value)
    )
    known = [(kind, value) for kind, value in rows if kind != "phone"]
    _entomb(session, store.id, known, erased_at)
    _keep_refusals(session, store.id, buyer, now)
    wiping.wipe(session, store.id, buyer, now)
    buyer.erased_at = erased_at
    session.flush()


def _empty_past(
    session: Session, store: Store, buyer: Buyer, erased_at: datetime, now: datetime
) -> None:
    """Forget what a buyer who came back did up to her erasure."""
    fold.forget(buyer, fold.heard(buyer, erased_at))
    zones.place(buyer)
    _forget_joined(buyer, erased_at)
    _detach(session, buyer, erased_at)
    mine = (Consent.store_id == store.id) & (Consent.buyer_id == buyer.id)
    session.execute(delete(Consent).where(mine, Consent.decided_at <= erased_at))
    gone = fold.forget_names(buyer, erased_at)
    _entomb(session, store.id, [name for name in gone if name[0] != "phone"], erased_at)
    session.execute(
        delete(Identity).where(
            Identity.store_id == store.id,
            Identity.buyer_id == buyer.id,
            tuple_(Identity.kind, Identity.value).in_(gone),
        )
    )
    session.flush()
    session.expire_all()
    rollups.refresh(session, store, [buyer.id], now)


def _detach(session: Session, buyer: Buyer, erased_at: datetime) -> None:
    """Leave the sales and ratings of her past to nobody."""
    nobody = {"buyer_id": None, "by_phone": None}
    for table, acted_at, emptied in (
        (Order, Order.placed_at, nobody),
        (Review, Review.posted_at, {**nobody, "title": "", "body": ""}),
    ):
        ours = (table.store_id == buyer.store_id) & (table.buyer_id == buyer.id)
        session.execute(update(table).where(ours, acted_at <= erased_at).values(emptied))


def _forget_joined(buyer: Buyer, erased_at: datetime) -> None:
    joined = buyer.sources.get("joined_at")
    if joined and joined["at"] <= instant(erased_at):
        kept = {field: origin for field, origin in buyer.sources.items() if field != "joined_at"}
        first = min(at for at in kept["names"].values() if at > instant(erased_at))
        buyer.sources = {**kept, "joined_at": {"source": "seen", "at": first}}
        buyer.joined_at = read_instant(first)


def _entomb(session: Session, store_id: int, names: Iterable[Name], erased_at: datetime) -> None:
    rows = [
        {"store_id": store_id, "kind": kind, "hash": _hash(kind, value), "erased_at": erased_at}
        for kind, value in sorted(set(names))
    ]
    if rows:
        new = insert(Tombstone).values(rows)
        later = func.greatest(Tombstone.erased_at, new.excluded.erased_at)
        session.execute(
            new.on_conflict_do_update(
                index_elements=["store_id", "kind", "hash"], set_={"erased_at": later}
            )
        )


def _keep_refusals(session: Session, store_id: int, buyer: Buyer, now: datetime) -> None:
    """Keep a withdrawal beyond the person, as the hash of her address."""
    addresses = {"email": buyer.email, "sms": buyer.phone}
    for channel, row in consent_states(session, store_id, [buyer.id]).get(buyer.id, {}).items():
        address = addresses.get(channel)
        if row.status == "withdrawn" and address:
            suppress(session, store_id, Block(channel, address, "withdrawn"), now)
        session.delete(row)
    session.flush()


def _hash(kind: str, value: str) -> str:
    return address_hash(kind, value)
