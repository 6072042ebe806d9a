"""Who it is: finds the one buyer behind an external id, an e-mail address or a phone number.

An external id and an address said together belong to one person, so buyers are the connected
parts of what was ever said together: the order of arrival cannot matter. A phone is weaker; see
`facts.phones`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from crm.buyers import consent, erasure, merge, zones
from crm.buyers.facts import fold, phones
from crm.buyers.facts.addresses import normalise_email, normalise_phone
from crm.buyers.facts.locks import Name, lock_buyers
from crm.buyers.facts.names import Names, lookup, names_of
from crm.buyers.facts.versions import instant, stamp
from crm.buyers.models import Buyer, Identity
from crm.events import Person, Version
from crm.stores.models import Store

__all__ = ["Sighting", "names_of", "normalise_email", "normalise_phone", "resolve"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A person as one fact shows her; `seen_at` is when she acted (an order: when placed)."""

    person: Person
    version: Version
    seen_at: datetime


def resolve(session: Session, store: Store, sighting: Sighting, now: datetime) -> Buyer | None:
    """Find or make the buyer who was seen and take over what was said about her.

    None when there is nothing to know her by, or she was erased later than she was seen.
    The caller holds the locks on her names.
    """
    names = names_of(sighting.person, store)
    if not names.all or erasure.is_buried(session, store, names, sighting.seen_at, now):
        return None
    known = _known(session, store, names.all)
    if names.strong:
        buyer = _strong_buyer(session, store, names, known, now)
        if names.phone:
            wanted = phones.Claim(names.phone, stamp(sighting.version), now)
            phones.claim(session, store, buyer, known.get("phone"), wanted)
        _take_over(buyer, sighting, names)
    else:
        buyer = _phone_buyer(session, store, names, known, now)
        if known.get("phone") is None or known["phone"].claim is None:
            _take_over(buyer, sighting, names)
    buyer.updated_at = now
    if sighting.person.accepts_marketing:
        implied = consent.Decision("email", "granted", consent.STOREFRONT, sighting.seen_at)
        consent.record_consent(session, store, buyer, implied, now)
    return buyer


def _known(session: Session, store: Store, names: Sequence[Name]) -> dict[str, Identity]:
    return {row.kind: row for row in session.scalars(lookup(store.id, names))}


def _strong_buyer(
    session: Session, store: Store, names: Names, known: dict[str, Identity], now: datetime
) -> Buyer:
    rows = [known[kind] for kind, _ in names.strong if kind in known]
    buyers = {buyer.id: buyer for buyer in lock_buyers(session, store.id, _ids(rows))}
    if not buyers:
        buyer = phones.find_persona(session, store, known.get("phone")) or _make(
            session, store, now
        )
    elif len(buyers) == 1 or merge.was_parted(session, store.id, buyers):
        buyer = buyers[rows[0].buyer_id]
    else:
        buyer = merge.join(session, store, (buyers[min(buyers)], buyers[max(buyers)]), now)
    for kind, value in names.strong:
        if kind not in known:
            _name(session, buyer, kind, value, now)
    return buyer


def _phone_buyer(
    session: Session, store: Store, names: Names, known: dict[str, Identity], now: datetime
) -> Buyer:
    if "phone" in known:
        return lock_buyers(session, store.id, [known["phone"].buyer_id])[0]
    buyer = _make(session, store, now)
    _name(session, buyer, "phone", str(names.phone), now)
    return buyer


def _ids(rows: Iterable[Identity]) -> set[int]:
    return {row.buyer_id for row in rows}


def _make(session: Session, store: Store, now: datetime) -> Buyer:
    buyer = Buyer(
        store_id=store.id,
        attributes={},
        sources={},
        joined_at=now,
        created_at=now,
        updated_at=now,
    )
    session.add(buyer)
    session.flush()
    return buyer


def _name(session: Session, buyer: Buyer, kind: str, value: str, now: datetime) -> None:
    session.add(
        Identity(store_id=buyer.store_id, kind=kind, value=value, buyer_id=buyer.id, created_at=now)
    )


def _take_over(buyer: Buyer, sighting: Sighting, names: Names) -> None:
    person = sighting.person
    said = {field: getattr(person, field) for field in _SAID}
    said |= {"email": names.email, "phone": names.phone}
    said["birthday"] = fold.birthday_register(person.birthday)
    fold.hear(buyer, said, sighting.version, sighting.seen_at)
    fold.remember_joined(buyer, _joined(sighting))
    _remember_version(buyer, sighting.version)
    zones.place(buyer)


_SAID = ("first_name", "last_name", "city", "region", "postcode", "country", "locale")


def _joined(sighting: Sighting) -> dict[str, str]:
    said = sighting.person.joined_at
    source, at = (fold.STOREFRONT, said) if said else ("seen", sighting.seen_at)
    return {"source": source, "at": instant(at)}


def _remember_version(buyer: Buyer, version: Version) -> None:
    known = (buyer.version_at, buyer.version_rank, buyer.version_digest)
    if known[0] is None or known < (version.at, version.rank, version.digest):
        buyer.version_at, buyer.version_rank = version.at, version.rank
        buyer.version_digest = version.digest
