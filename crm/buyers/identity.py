"""Who it is: finds the one buyer behind an external id, an e-mail address or a phone number.

An external id and an address said together belong to one person, so buyers are the connected
parts of what was ever said together: the order of arrival cannot matter. A phone is weaker; see
`facts.phones`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from crm.buyers import consent, erasure, merge, rollups, zones
from crm.buyers.facts import ahead, fold, phones
from crm.buyers.facts.addresses import normalise_email, normalise_phone
from crm.buyers.facts.locks import remember_locked
from crm.buyers.facts.names import Names, lock_known, names_of
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
    known, buyers = lock_known(session, store.id, names.all)
    phone = known.get("phone")
    is_persona = phone is not None and phone.claim is None
    if names.strong:
        buyer = _strong_buyer(session, store, (known, buyers), now)
    else:
        buyer = buyers[phone.buyer_id] if phone else _make(session, store, now)
    if names.strong or phone is None or phone.claim is None:
        _take_over(buyer, sighting, names)
    buyer.updated_at = now
    if ahead.find(session) is None:
        session.flush()
    # A row made here is as good as locked: nobody else can see it yet.
    remember_locked(session, [buyer])
    _name(session, store, buyer, (names, known, sighting), now)
    if is_persona and names.strong:  # what she bought as a mere phone tells since when she is here
        rollups.refresh(session, store, [buyer.id], now)
    return buyer


def _strong_buyer(
    session: Session,
    store: Store,
    found: tuple[Mapping[str, Identity], Mapping[int, Buyer]],
    now: datetime,
) -> Buyer:
    known, buyers = found
    ids = list(dict.fromkeys(known[k].buyer_id for k in ("external", "email") if k in known))
    if not ids:
        return phones.find_persona(session, store, known.get("phone")) or _make(session, store, now)
    if len(ids) == 1 or merge.was_parted(session, store.id, ids):
        return buyers[ids[0]]
    ahead.forget(session)
    return merge.join(session, store, (buyers[min(ids)], buyers[max(ids)]), now)


def _make(session: Session, store: Store, now: datetime) -> Buyer:
    buyer = Buyer(
        store_id=store.id,
        id=ahead.number(session, Buyer),
        attributes={},
        sources={},
        vip=False,
        joined_at=now,
        created_at=now,
        updated_at=now,
    )
    ahead.learn(session, buyer)
    return buyer


def _name(
    session: Session,
    store: Store,
    buyer: Buyer,
    said: tuple[Names, Mapping[str, Identity], Sighting],
    now: datetime,
) -> None:
    """Write down what the buyer is known by from now on, and that she takes mail if it was said."""
    names, known, sighting = said
    for kind, value in names.strong or names.all:
        if kind not in known:
            new = Identity(
                store_id=store.id, kind=kind, value=value, buyer_id=buyer.id, created_at=now
            )
            ahead.learn(session, new)
    if names.strong and names.phone:
        wanted = phones.Claim(names.phone, stamp(sighting.version), now)
        phones.claim(session, store, buyer, known.get("phone"), wanted)
    # A phone alone may be anybody's in the house, and has no mail to take.
    if sighting.person.accepts_marketing and names.strong:
        implied = consent.Decision("email", "granted", consent.STOREFRONT, sighting.seen_at)
        consent.record_consent(session, store, buyer, implied, now)


def _take_over(buyer: Buyer, sighting: Sighting, names: Names) -> None:
    person = sighting.person
    said = {field: getattr(person, field) for field in _SAID}
    said |= {"email": names.email, "phone": names.phone}
    said["birthday"] = fold.birthday_register(person.birthday)
    fold.hear(buyer, said, sighting.version, sighting.seen_at)
    fold.remember_joined(buyer, _joined(sighting))
    seen = instant(sighting.seen_at)
    fold.remember_names(buyer, {f"{kind}/{value}": seen for kind, value in names.all})
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
