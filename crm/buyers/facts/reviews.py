"""Reviews as they read now."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.buyers import rollups
from crm.buyers.facts import ahead
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
        _ask_order(session, store, review)
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


def follow(session: Session, store: Store, order: Order) -> None:
    """Give the reviews that name nobody but this order to its buyer."""
    read = ahead.find(session)
    if read and order.external_id in read.unreviewed:
        return
    for review in session.scalars(
        select(Review).where(
            Review.store_id == store.id,
            Review.order_external_id == order.external_id,
            Review.person_version.is_(None),
        )
    ):
        _ask_order(session, store, review)
    session.flush()


def _buyer(session: Session, store: Store, event: ReviewPosted, now: datetime) -> Buyer | None:
    if event.person is None:
        return None
    buyer = resolve(session, store, Sighting(event.person, event.version, event.posted_at), now)
    session.flush()  # a review that is there already may point to a buyer who is new
    return buyer


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
    names, named = names_of(event.person, store), stamp(event.version)
    if not names.all or (review.person_version is not None and named < review.person_version):
        return
    review.person_version, review.by_phone = named, names.only_phone if buyer else None
    review.buyer_id = buyer.id if buyer else None


def _ask_order(session: Session, store: Store, review: Review) -> None:
    """Give a review that names nobody to the buyer of its order; the words of the erased go."""
    if review.order_external_id is None:
        return
    order = session.scalar(
        select(Order).where(
            Order.store_id == store.id, Order.external_id == review.order_external_id
        )
    )
    if order is None:
        return
    review.buyer_id = order.buyer_id
    if _names_the_erased(session, order):
        review.title = review.body = ""


def _names_the_erased(session: Session, order: Order) -> bool:
    if order.buyer_id is None:
        return order.person_version is not None
    return session.get_one(Buyer, (order.store_id, order.buyer_id)).erased_at is not None


def _version(review: Review) -> tuple[str, int, str]:
    return (instant(review.version_at), review.version_rank, review.version_digest)


def _version_of(event: ReviewPosted | ReviewDeleted) -> tuple[str, int, str]:
    return (instant(event.version.at), event.version.rank, event.version.digest)
