"""Reads of buyers, walled by the stores the reader may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from crm.buyers.facts.addresses import normalise_email, normalise_phone
from crm.buyers.models import Buyer, Identity, Note, Review, Tag
from crm.errors import NotFound
from crm.i18n import gettext as _
from crm.stores.models import Store


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search asks for; None is anything."""

    email: str | None = None
    phone: str | None = None
    external_id: str | None = None
    q: str | None = None
    tier: str | None = None
    tag: str | None = None
    vip: bool | None = None
    # Conditions of the layers above, such as being in a segment.
    also: tuple[ColumnElement[bool], ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Which reviews to list; None does not narrow."""

    buyer_id: int | None = None
    rating: int | None = None


def find_buyer(session: Session, store_ids: Sequence[int] | None, buyer_id: int) -> Buyer | None:
    """Find a buyer of the stores (None: of any); a merged one leads to the survivor."""
    found = session.scalar(_within(store_ids).where(Buyer.id == buyer_id))
    while found is not None and found.merged_into is not None:
        found = session.get(Buyer, (found.store_id, found.merged_into))
    return found


def get_buyer(session: Session, store_ids: Sequence[int] | None, buyer_id: int) -> Buyer:
    """Give a buyer of the stores, or the survivor she was merged into. Raises NotFound."""
    found = find_buyer(session, store_ids, buyer_id)
    if found is None:
        raise NotFound(_("There is no buyer %(id)s here.", id=buyer_id))
    return found


def list_reviews(
    session: Session,
    store_ids: Sequence[int],
    wanted: ReviewFilter,
    before_id: int | None,
    limit: int,
) -> Sequence[Review]:
    """List the reviews that still stand, newest first, below the id `before_id`."""
    query = select(Review).where(Review.store_id.in_(store_ids), Review.deleted_at.is_(None))
    for key in ("buyer_id", "rating"):
        value = getattr(wanted, key)
        if value is not None:
            query = query.where(getattr(Review, key) == value)
    if before_id is not None:
        query = query.where(Review.id < before_id)
    return session.scalars(query.order_by(Review.id.desc()).limit(limit)).all()


def search(
    session: Session,
    store_ids: Sequence[int] | None,
    wanted: Wanted,
    after: int | None,
    limit: int,
) -> Sequence[Buyer]:
    """List present buyers, newest id first, below the id `after`."""
    query = present(store_ids).where(*_conditions(wanted))
    if after is not None:
        query = query.where(Buyer.id < after)
    return session.scalars(query.order_by(Buyer.id.desc()).limit(limit)).all()


def present(store_ids: Sequence[int] | None) -> Select[Buyer]:
    """Select the buyers who are neither merged away nor erased."""
    return _within(store_ids).where(Buyer.merged_into.is_(None), Buyer.erased_at.is_(None))


def external_ids(
    session: Session, store_id: int, buyer_ids: Iterable[int]
) -> Mapping[int, list[str]]:
    """Read the external ids of buyers, sorted."""
    rows = session.execute(
        select(Identity.buyer_id, Identity.value)
        .where(
            Identity.store_id == store_id,
            Identity.buyer_id.in_(list(buyer_ids)),
            Identity.kind == "external",
        )
        .order_by(Identity.value)
    )
    return _grouped((buyer_id, value) for buyer_id, value in rows)


def tags_of(session: Session, store_id: int, buyer_ids: Iterable[int]) -> Mapping[int, list[str]]:
    """Read the tags of buyers, sorted."""
    rows = session.execute(
        select(Tag.buyer_id, Tag.tag)
        .where(Tag.store_id == store_id, Tag.buyer_id.in_(list(buyer_ids)))
        .order_by(Tag.tag)
    )
    return _grouped((buyer_id, tag) for buyer_id, tag in rows)


def notes_of(session: Session, store_id: int, buyer_id: int) -> Sequence[Note]:
    """Read the notes about a buyer, pinned ones first, then the newest."""
    return session.scalars(
        select(Note)
        .where(Note.store_id == store_id, Note.buyer_id == buyer_id)
        .order_by(Note.pinned.desc(), Note.created_at.desc(), Note.id.desc())
    ).all()


def _within(store_ids: Sequence[int] | None) -> Select[Buyer]:
    # Every key starts with the store, so "any store" has to name them all.
    stores = select(Store.id) if store_ids is None else list(store_ids)
    return select(Buyer).where(Buyer.store_id.in_(stores))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = list(wanted.also)
    if wanted.email is not None:
        found.append(_known_as("email", normalise_email(wanted.email)))
    if wanted.phone is not None:
        phone = normalise_phone(wanted.phone) or wanted.phone
        found.append(_known_as("phone", phone) | (Buyer.phone == phone))
    if wanted.external_id is not None:
        found.append(_known_as("external", wanted.external_id))
    if wanted.q:
        found.append(Buyer.search.contains(wanted.q.strip().lower(), autoescape=True))
    if wanted.tier is not None:
        found.append(Buyer.tier == wanted.tier)
    if wanted.tag is not None:
        found.append(_tagged(wanted.tag))
    if wanted.vip is not None:
        found.append(Buyer.vip.is_(wanted.vip))
    return found


def _known_as(kind: str, value: str | None) -> ColumnElement[bool]:
    return (
        select(Identity.buyer_id)
        .where(
            Identity.store_id == Buyer.store_id,
            Identity.buyer_id == Buyer.id,
            Identity.kind == kind,
            Identity.value == func.coalesce(value, ""),
        )
        .exists()
    )


def _tagged(tag: str) -> ColumnElement[bool]:
    return (
        select(Tag.tag)
        .where(Tag.store_id == Buyer.store_id, Tag.buyer_id == Buyer.id, Tag.tag == tag)
        .exists()
    )


def _grouped(pairs: Iterable[tuple[int, str]]) -> Mapping[int, list[str]]:
    groups: dict[int, list[str]] = {}
    for buyer_id, value in pairs:
        groups.setdefault(buyer_id, []).append(value)
    return groups
