"""How a buyer is written: who she is, what she allowed, what she is worth and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy.orm import Session

from crm.api.shapes.values import MoneyShape, instant, moment, money, ref
from crm.buyers import tiers
from crm.buyers.completeness import rate
from crm.buyers.consent import CHANNELS, consent_states
from crm.buyers.models import Buyer, Consent, Note
from crm.buyers.profile import birthday_text
from crm.buyers.queries import external_ids, tags_of
from crm.segments.models import RfmCuts
from crm.segments.nightly import rfm
from crm.stores.models import Store
from crm.stores.queries import list_stores

TierShape = TypedDict("TierShape", {"class": str | None, "reason": str, "since": str | None})


class ConsentShape(TypedDict):
    """What a buyer decided about one channel; `none` while she never did."""

    status: str
    basis: str | None
    source: str | None
    at: str | None


class StatsShape(TypedDict):
    """Roll-ups of the orders that were paid, not cancelled and no tests."""

    orders: int
    spent: MoneyShape
    refunded: MoneyShape
    average_order: MoneyShape | None
    first_order_at: str | None
    last_order_at: str | None
    last_rating: int | None
    last_score: int | None
    open_cases: int


class RfmScores(TypedDict):
    """From 1 to 5, the best fifth of the store's buyers; null for who never bought."""

    recency: int | None
    frequency: int | None
    monetary: int | None


class RfmShape(TypedDict):
    """Days since the last order, number of orders, money spent, and their scores."""

    scores: RfmScores
    recency: int | None
    frequency: int
    monetary: MoneyShape


class PersonShape(TypedDict):
    """Who a buyer is; every field may be corrected by hand."""

    email: str | None
    phone: str | None
    name: str | None
    first_name: str | None
    last_name: str | None
    birthday: str | None
    birthday_calendar: str
    city: str | None
    region: str | None
    postcode: str | None
    country: str | None
    locale: str | None
    timezone: str | None
    occupation: str | None
    attributes: dict[str, Any]


class BuyerShape(PersonShape):
    """One person of one store."""

    id: str
    store: str
    external_ids: list[str]
    tags: list[str]
    vip: bool
    tier: TierShape
    consents: dict[str, ConsentShape]
    stats: StatsShape
    rfm: RfmShape
    completeness: int
    merged_into: str | None
    joined_at: str
    updated_at: str


class NoteShape(TypedDict):
    """What a seller wrote."""

    id: str
    buyer: str
    text: str
    pinned: bool
    author: str
    created_at: str


@dataclass(frozen=True, slots=True)
class _Beside:
    """What lies beside some buyers' rows, by buyer id."""

    stores: Mapping[int, Store]
    external_ids: Mapping[int, Sequence[str]]
    tags: Mapping[int, Sequence[str]]
    consents: Mapping[int, Mapping[str, Consent]]
    cuts: Mapping[int, RfmCuts]


def buyer_json(session: Session, buyer: Buyer, now: datetime) -> BuyerShape:
    """Write one buyer."""
    return buyers_json(session, [buyer], now)[0]


def buyers_json(session: Session, buyers: Sequence[Buyer], now: datetime) -> list[BuyerShape]:
    """Write some buyers, with a handful of queries for all of them."""
    beside = _beside(session, buyers)
    return [_shape(buyer, beside, now) for buyer in buyers]


def _beside(session: Session, buyers: Sequence[Buyer]) -> _Beside:
    by_store: dict[int, list[int]] = {}
    for buyer in buyers:
        by_store.setdefault(buyer.store_id, []).append(buyer.id)
    names: dict[int, Sequence[str]] = {}
    tags: dict[int, Sequence[str]] = {}
    consents: dict[int, Mapping[str, Consent]] = {}
    for store_id, ids in by_store.items():
        names |= external_ids(session, store_id, ids)
        tags |= tags_of(session, store_id, ids)
        consents |= consent_states(session, store_id, ids)
    stores = {store.id: store for store in list_stores(session, list(by_store))}
    cuts = {row.store_id: row for row in rfm.cuts_of(session, list(by_store))}
    return _Beside(stores, names, tags, consents, cuts)


def _shape(buyer: Buyer, beside: _Beside, now: datetime) -> BuyerShape:
    store = beside.stores[buyer.store_id]
    return BuyerShape(
        **_person(buyer),
        id=str(buyer.id),
        store=store.slug,
        external_ids=list(beside.external_ids.get(buyer.id, ())),
        tags=list(beside.tags.get(buyer.id, ())),
        vip=buyer.vip,
        tier=_tier(buyer, store),
        consents=_consents(beside.consents.get(buyer.id, {})),
        stats=_stats(buyer, store.currency),
        rfm=_rfm(buyer, beside, now),
        completeness=rate(buyer),
        merged_into=ref(buyer.merged_into),
        joined_at=instant(buyer.joined_at),
        updated_at=instant(buyer.updated_at),
    )


def _person(buyer: Buyer) -> PersonShape:
    return PersonShape(
        email=buyer.email,
        phone=buyer.phone,
        name=_name(buyer),
        first_name=buyer.first_name,
        last_name=buyer.last_name,
        birthday=birthday_text(buyer),
        birthday_calendar=buyer.birth_calendar,
        city=buyer.city,
        region=buyer.region,
        postcode=buyer.postcode,
        country=buyer.country,
        locale=buyer.locale,
        timezone=buyer.timezone,
        occupation=buyer.occupation,
        attributes=buyer.attributes,
    )


def _name(buyer: Buyer) -> str | None:
    return " ".join(part for part in (buyer.first_name, buyer.last_name) if part) or None


def _tier(buyer: Buyer, store: Store) -> TierShape:
    reason = tiers.sentence(buyer.tier_reason, store.currency)
    return {"class": buyer.tier, "reason": reason, "since": moment(buyer.tier_since)}


def _consents(states: Mapping[str, Consent]) -> dict[str, ConsentShape]:
    never = ConsentShape(status="none", basis=None, source=None, at=None)
    decided = {
        channel: ConsentShape(
            status=row.status, basis=row.basis, source=row.source, at=instant(row.decided_at)
        )
        for channel, row in states.items()
    }
    return {channel: decided.get(channel, never) for channel in CHANNELS}


def _stats(buyer: Buyer, currency: str) -> StatsShape:
    orders, spent = buyer.orders_count, buyer.spent_minor
    average = money((2 * spent + orders) // (2 * orders), currency) if orders else None
    return StatsShape(
        orders=orders,
        spent=money(spent, currency),
        refunded=money(buyer.refunded_minor, currency),
        average_order=average,
        first_order_at=moment(buyer.first_order_at),
        last_order_at=moment(buyer.last_order_at),
        last_rating=buyer.last_rating,
        last_score=buyer.last_score,
        open_cases=buyer.open_cases,
    )


def _rfm(buyer: Buyer, beside: _Beside, now: datetime) -> RfmShape:
    last, currency = buyer.last_order_at, beside.stores[buyer.store_id].currency
    return RfmShape(
        scores=cast(RfmScores, rfm.scores(beside.cuts.get(buyer.store_id), buyer)),
        recency=None if last is None else max((now - last).days, 0),
        frequency=buyer.orders_count,
        monetary=money(buyer.spent_minor, currency),
    )


def note_json(note: Note) -> NoteShape:
    """Write a note."""
    return NoteShape(
        id=str(note.id),
        buyer=str(note.buyer_id),
        text=note.text,
        pinned=note.pinned,
        author=note.author,
        created_at=instant(note.created_at),
    )
