"""Reviews as they read now."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.buyers import rollups
from crm.buyers.facts.versions import instant, stamp
from crm.buyers.identity import Sighting, names_of, resolve
from crm.buyers.models import Buyer, Order, Review
from crm.events import ReviewDeleted, ReviewPosted
from crm.stores.models import Store

_COPIED = (
    "product_id",
    "order_external_id",
    "rating",
    "title",
    "body",
    "verified",
    "url",
    "posted_at",
)


def record_review(
    session: Session, store: Store, event: ReviewPosted, now: datetime
) -> Review | None:
    """Record a review; None when we know a newer picture of it. An older one may name the buyer."""
    buyer = _buyer(session, store, event, now)
    review = _find(session, store, event.external_id)
    newer = review is None or _version(review) < _version_of(event)
    before = review.buyer_id if review else None
    if review is None:
        review = _blank(store, event, now)
        session.add(review)
    if newer:
        _copy(review, event, is_erased=buyer is None and bool(names_of(event.person, store).all))
    _name_buyer(review, event, buyer, store)
    if review.person_version is None:
        review.buyer_id = _buyer_of_order(session, store, review.order_external_id)
    session.flush()
    rollups.refresh(session, store, {id_ for id_ in (before, review.buyer_id) if id_}, now)
    return review if newer else None


def record_deletion(
    session: Session, store: Store, event: ReviewDeleted, now: datetime
) -> Review | None:
    """Record that a review was taken down; it counts no more."""
    review = _find(session, store, event.external_id)
    if review is not None and _version(review) >= _version_of(event):
        return None
    if review is None:
        review = _blank(store, event, now)
        session.add(review)
    review.deleted_at = event.version.at
    _stamp(review, event)
    session.flush()
    if review.buyer_id:
        rollups.refresh(session, store, [review.buyer_id], now)
    return review


def _buyer(session: Session, store: Store, event: ReviewPosted, now: datetime) -> Buyer | None:
    if event.person is None:
        return None
    return resolve(session, store, Sighting(event.person, event.version, event.posted_at), now)


def _find(session: Session, store: Store, external_id: str) -> Review | None:
    return session.scalar(
        select(Review)
        .where(Review.store_id == store.id, Review.external_id == external_id)
        .with_for_update()
    )


def _blank(store: Store, event: ReviewPosted | ReviewDeleted, now: datetime) -> Review:
    return Review(
        store_id=store.id,
        external_id=event.external_id,
        rating=0,
        title="",
        body="",
        posted_at=event.version.at,
        created_at=now,
    )


def _copy(review: Review, event: ReviewPosted, *, is_erased: bool) -> None:
    for field in _COPIED:
        setattr(review, field, getattr(event, field))
    if is_erased:
        review.title = review.body = ""
    review.deleted_at = None
    _stamp(review, event)


def _stamp(review: Review, event: ReviewPosted | ReviewDeleted) -> None:
    version = event.version
    review.version_at, review.version_rank = version.at, version.rank
    review.version_digest = version.digest


def _name_buyer(review: Review, event: ReviewPosted, buyer: Buyer | None, store: Store) -> None:
    named = stamp(event.version)
    if buyer is None or (review.person_version is not None and named < review.person_version):
        return
    review.buyer_id, review.person_version = buyer.id, named
    review.by_phone = names_of(event.person, store).only_phone


def _buyer_of_order(session: Session, store: Store, external_id: str | None) -> int | None:
    if external_id is None:
        return None
    return session.scalar(
        select(Order.buyer_id).where(Order.store_id == store.id, Order.external_id == external_id)
    )


def _version(review: Review) -> tuple[str, int, str]:
    return (instant(review.version_at), review.version_rank, review.version_digest)


def _version_of(event: ReviewPosted | ReviewDeleted) -> tuple[str, int, str]:
    return (instant(event.version.at), event.version.rank, event.version.digest)
