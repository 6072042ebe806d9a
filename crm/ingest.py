"""What each event means to us: FACTS that always count, REACTIONS only while it is news.

An import of the past calls `apply(live=False)`: the same facts, no reactions.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.buyers import consent, erasure, profile, rollups
from crm.buyers.facts import ahead, locks, orders, reviews
from crm.buyers.facts.versions import digested
from crm.buyers.identity import Sighting, names_of, resolve
from crm.buyers.models import Buyer, Order, Review
from crm.cases import reactions
from crm.coupons import redeem
from crm.events import (
    BuyerChanged,
    BuyerErased,
    ConsentChanged,
    Event,
    LookUp,
    Noted,
    OrderChanged,
    OrderDeleted,
    Person,
    PrivacyAsked,
    RefundPosted,
    ReviewDeleted,
    ReviewPosted,
)
from crm.stores import lookups, privacy
from crm.stores.models import Store

APPLIED, OLDER, NOTED, NOBODY = "applied", "older", "noted", "nobody"
ASKED, UNREAD = "asked", "unread"


def apply(session: Session, store: Store, event: Event, *, live: bool, now: datetime) -> str:
    """Take an event into the store's books; gives the outcome in one word.

    `applied`, `older` (we know a newer picture), `noted` (changes nothing), `nobody` (names no
    buyer we may keep), `asked` (will be read in the storefront), `unread` (only a
    name, and nobody to ask). Twice is once, and the order of arrival does not matter.
    """
    locks.hold(session, store.id, _names(store, event))
    return _take(session, store, digested(event), now, live=live)


def apply_all(
    session: Session, store: Store, events: Sequence[Event], *, live: bool, now: datetime
) -> list[str]:
    """Take many events in as `apply` does, in fewer trips; gives their outcomes.

    The first that fails fails them all: then the caller rolls back and takes them one by one.
    """
    if not events:
        return []
    names = {name for event in events for name in _names(store, event)}
    locks.hold(session, store.id, names)
    ahead.begin(session, store.id, _wanted(events, names))
    outcomes = [_take(session, store, digested(event), now, live=live) for event in events]
    later = ahead.finish(session)
    redeem.match_orders(session, store, later.orders, now)
    rollups.refresh(session, store, later.buyers, now)
    return outcomes


def _wanted(events: Sequence[Event], names: Iterable[locks.Name]) -> ahead.Wanted:
    reviewed = {getattr(event, "order_external_id", None) for event in events}
    return ahead.Wanted(
        names=frozenset(name for name in names if name[0] not in _FACT_NAMES.values()),
        orders=frozenset(value for kind, value in names if kind == "order"),
        reviewed=frozenset(external_id for external_id in reviewed if external_id),
        events=len(events),
    )


def _take(session: Session, store: Store, event: Event, now: datetime, *, live: bool) -> str:
    fact = FACTS[type(event)](session, store, event, now)
    if isinstance(fact, str):
        return fact
    if live:
        for react in REACTIONS.get(type(event), ()):
            react(session, store, fact, now)
    return APPLIED


def _order(session: Session, store: Store, event: OrderChanged, now: datetime) -> Order | str:
    order = orders.record_order(session, store, event, now)
    if order is None:
        return OLDER
    _match(session, store, order, now)
    return order


def _match(session: Session, store: Store, order: Order, now: datetime) -> None:
    later = ahead.postponed(session)
    if later is None:
        redeem.match_order(session, store, order, now)
    else:
        later.orders[order.id] = order


def _order_deleted(
    session: Session, store: Store, event: OrderDeleted, now: datetime
) -> Order | str:
    order = orders.record_deletion(session, store, event, now)
    if order is None:
        return OLDER
    _match(session, store, order, now)
    return order


def _buyer(session: Session, store: Store, event: BuyerChanged, now: datetime) -> Buyer | str:
    return profile.record_buyer(session, store, event, now) or NOBODY


def _erased(session: Session, store: Store, event: BuyerErased, now: datetime) -> str:
    erasure.record_erasure(session, store, event, now)
    return APPLIED


def _review(session: Session, store: Store, event: ReviewPosted, now: datetime) -> Review | str:
    return reviews.record_review(session, store, event, now) or OLDER


def _review_deleted(
    session: Session, store: Store, event: ReviewDeleted, now: datetime
) -> Review | str:
    return reviews.record_deletion(session, store, event, now) or OLDER


def _consent(session: Session, store: Store, event: ConsentChanged, now: datetime) -> Buyer | str:
    seen = Sighting(event.person, event.version, event.decided_at)
    buyer = resolve(session, store, seen, now)
    if buyer is None:
        return NOBODY
    decision = consent.Decision(
        channel=event.channel,
        status=event.status,
        source=consent.STOREFRONT,
        decided_at=event.decided_at,
        proof=event.proof,
    )
    changed = consent.record_consent(session, store, buyer, decision, now)
    return buyer if changed else NOTED


def _refund(session: Session, store: Store, event: RefundPosted, now: datetime) -> Order | str:
    return orders.record_refund(session, store, event, now) or OLDER


def _privacy(session: Session, store: Store, event: PrivacyAsked, now: datetime) -> str:
    return APPLIED if privacy.record_request(session, store, event, now) else OLDER


def _look_up(session: Session, store: Store, event: LookUp, now: datetime) -> str:
    return ASKED if lookups.remember(session, store, event, now) else UNREAD


def _noted(session: Session, store: Store, event: Noted, now: datetime) -> str:  # noqa: ARG001
    return NOTED


# The fact of an event: the row it changed, or the outcome when there is nothing to react to.
FACTS: Mapping[type[Any], Callable[[Session, Store, Any, datetime], object]] = {
    OrderChanged: _order,
    OrderDeleted: _order_deleted,
    BuyerChanged: _buyer,
    BuyerErased: _erased,
    ReviewPosted: _review,
    ReviewDeleted: _review_deleted,
    ConsentChanged: _consent,
    RefundPosted: _refund,
    PrivacyAsked: _privacy,
    LookUp: _look_up,
    Noted: _noted,
}

# What we do about it, with the row that changed.
REACTIONS: Mapping[type[Any], tuple[Callable[[Session, Store, Any, datetime], object], ...]] = {
    ReviewPosted: (reactions.after_review,),
}


def _names(store: Store, event: Event) -> list[locks.Name]:
    """Name what an event is about, so that two workers who meet it take turns."""
    person: Person | None = getattr(event, "person", None)
    if isinstance(event, BuyerErased):
        person = Person(external_id=event.external_id, email=event.email, phone=event.phone)
    names = names_of(person, store).all
    kind = _FACT_NAMES.get(type(event))
    if isinstance(event, RefundPosted):
        return [("order", event.order_external_id)]
    return [*names, (kind, getattr(event, "external_id", ""))] if kind else names


_FACT_NAMES = {
    OrderChanged: "order",
    OrderDeleted: "order",
    ReviewPosted: "review",
    ReviewDeleted: "review",
}
