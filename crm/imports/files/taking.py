"""Takes entries into the books: facts without reactions, and what each of them came to."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from crm import ingest
from crm.buyers import consent
from crm.buyers.facts import fold
from crm.buyers.facts.locks import Name, hold, lock_buyers
from crm.buyers.facts.names import names_of
from crm.buyers.models import Buyer, Identity, Order, Review, Suppression, Tombstone
from crm.errors import Rejected
from crm.events import BuyerChanged, Event, OrderChanged, ReviewPosted
from crm.i18n import gettext as _
from crm.imports.files.records import Entry
from crm.signing import address_hash
from crm.stores.models import Store

NEW, CHANGED, KNOWN = "new", "changed", "known"


@dataclass(frozen=True, slots=True)
class Granting:
    """The recorded decision that a column of consent counts: where it is from and its proof."""

    source: str
    proof: str
    actor: str


def take(
    session: Session,
    store: Store,
    entries: Sequence[Entry],
    granting: Granting | None,
    now: datetime,
) -> list[str]:
    """Take entries in, all or none; gives `new`, `changed` or `known` for each. Raises Rejected."""
    if entries and entries[0].block is not None:
        return [_suppress(session, store, entry, now) for entry in entries]
    events = [entry.event for entry in entries if entry.event is not None]
    names = {name for event in events for name in _names(event, store)}
    _refuse_buried(session, store, entries)
    before = _Before(session, store, events, names)
    outcomes = ingest.apply_all(session, store, events, live=False, now=now)
    if ingest.NOBODY in outcomes:
        raise Rejected(_("The buyer was erased here; the row is older than that."))
    session.flush()
    found = before.compare(session, store, events, outcomes)
    if granting:
        _grant_all(session, store, entries, granting, now)
    return found


def _suppress(session: Session, store: Store, entry: Entry, now: datetime) -> str:
    assert entry.block
    hashed = consent.hash_of(entry.block.channel, entry.block.address)
    is_there = session.get(Suppression, (store.id, entry.block.channel, hashed)) is not None
    is_news = consent.suppress(session, store.id, entry.block, now)
    return (CHANGED if is_there else NEW) if is_news else KNOWN


def _names(event: Event, store: Store) -> list[Name]:
    names = names_of(getattr(event, "person", None), store)
    return names.strong or names.all


def _refuse_buried(session: Session, store: Store, entries: Sequence[Entry]) -> None:
    """Refuse somebody erased here whom a list without dates names: it may be older than that."""
    undated = [entry.event for entry in entries if entry.event and not entry.is_dated]
    persons = [names_of(getattr(event, "person", None), store) for event in undated]
    hold(session, store.id, {name for names in persons for name in names.all})
    hashes = {address_hash(*name) for event in undated for name in _names(event, store)}
    if hashes and session.scalar(
        select(Tombstone.hash)
        .where(Tombstone.store_id == store.id, Tombstone.hash == _any(hashes))
        .limit(1)
    ):
        raise Rejected(
            _("The buyer was erased here. Only a row with updated_at of a later day is taken.")
        )


class _Before:
    """What was known of the things of a batch before it was taken."""

    def __init__(
        self, session: Session, store: Store, events: Sequence[Event], names: Iterable[Name]
    ) -> None:
        self._orders = _ids(session, store, Order, events, OrderChanged)
        self._reviews = _ids(session, store, Review, events, ReviewPosted)
        of_buyers = any(isinstance(event, BuyerChanged) for event in events)
        self._people = _people(session, store, names) if of_buyers else {}
        self._names = set(names) if of_buyers else set()

    def compare(
        self, session: Session, store: Store, events: Sequence[Event], outcomes: Sequence[str]
    ) -> list[str]:
        """Say of each event what it came to."""
        after = _people(session, store, self._names) if self._names else {}
        return [
            self._word(event, outcome, _names(event, store), after)
            for event, outcome in zip(events, outcomes, strict=True)
        ]

    def _word(
        self, event: Event, outcome: str, names: Sequence[Name], after: Mapping[Name, str]
    ) -> str:
        if isinstance(event, BuyerChanged):
            known = next((name for name in names if name in self._people), None)
            is_same = known is not None and self._people[known] == after.get(known)
            self._people |= {name: after[name] for name in names if name in after}
            return NEW if known is None else KNOWN if is_same else CHANGED
        if outcome != ingest.APPLIED:
            return KNOWN
        external_id = getattr(event, "external_id", "")
        there = self._orders if isinstance(event, OrderChanged) else self._reviews
        word = CHANGED if external_id in there else NEW
        there.add(external_id)
        return word


def _ids(
    session: Session, store: Store, table: Any, events: Sequence[Event], kind: type[Any]
) -> set[str]:
    wanted = {event.external_id for event in events if isinstance(event, kind)}
    if not wanted:
        return set()
    found = select(table.external_id).where(
        table.store_id == store.id, table.external_id == _any(wanted)
    )
    return set(session.scalars(found))


def _people(session: Session, store: Store, names: Iterable[Name]) -> dict[Name, str]:
    """Write down what is known under each name."""
    wanted = set(names)
    rows = session.execute(
        select(Identity.kind, Identity.value, Buyer)
        .join(Buyer, (Buyer.store_id == Identity.store_id) & (Buyer.id == Identity.buyer_id))
        .where(Identity.store_id == store.id, Identity.value == _any({name[1] for name in wanted}))
    )
    return {
        (kind, value): _picture(buyer) for kind, value, buyer in rows if (kind, value) in wanted
    }


def _picture(buyer: Buyer) -> str:
    values = [fold.read(buyer, register) for register in fold.REGISTERS]
    return json.dumps([buyer.id, *values, str(buyer.joined_at)])


def _grant_all(
    session: Session, store: Store, entries: Sequence[Entry], granting: Granting, now: datetime
) -> None:
    """Record what a column of consent says, by somebody's decision, for those who never decided."""
    for entry in entries:
        if not entry.accepts or entry.event is None:
            continue
        known = _people_ids(session, store, _names(entry.event, store))
        for buyer in lock_buyers(session, store.id, known):
            _grant(session, store, buyer, granting, now)


def _grant(session: Session, store: Store, buyer: Buyer, granting: Granting, now: datetime) -> None:
    states = consent.consent_states(session, store.id, [buyer.id]).get(buyer.id, {})
    if "email" in states or not buyer.email or buyer.erased_at:
        return
    if consent.is_suppressed(session, store.id, "email", buyer.email):
        return
    decision = consent.Decision(
        "email",
        "granted",
        granting.source,
        now,
        proof=granting.proof,
        actor=granting.actor,
    )
    consent.record_consent(session, store, buyer, decision, now)


def _people_ids(session: Session, store: Store, names: Sequence[Name]) -> set[int]:
    rows = session.execute(
        select(Identity.kind, Identity.value, Identity.buyer_id).where(
            Identity.store_id == store.id, Identity.value == _any({name[1] for name in names})
        )
    )
    return {buyer_id for kind, value, buyer_id in rows if (kind, value) in names}


def _any(values: Iterable[str]) -> Any:
    return any_(literal(sorted(values), ARRAY(Text)))
