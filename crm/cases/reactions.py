"""What makes a case by itself: a bad review."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.buyers.models import Order, Review
from crm.cases import queries
from crm.cases.follow import NewStep, add_step
from crm.cases.models import Case
from crm.cases.open import NewCase, open_case
from crm.cases.states import CHANGE
from crm.i18n import ngettext, speaking
from crm.stores.models import Store

BAD_RATING = 2
ACTOR = "regulars"


def after_review(session: Session, store: Store, review: Review, now: datetime) -> Case | None:
    """Open a case for a review of one or two stars, once; a kinder edit is written into it."""
    if review.buyer_id is None or review.deleted_at is not None:
        return None
    with speaking(store.locale):
        if review.rating <= BAD_RATING:
            return open_case(session, store, _case(session, review, review.buyer_id), ACTOR, now)
        return _note_kinder(session, review, now)


def _case(session: Session, review: Review, buyer_id: int) -> NewCase:
    title = ngettext("Review with one star", "Review with %(count)s stars", review.rating)
    return NewCase(
        buyer_id=buyer_id,
        type="bad_review",
        title=title,
        text="\n\n".join(part for part in (review.title, review.body) if part),
        order_id=_order_id(session, review),
        source=_source(review),
    )


def _order_id(session: Session, review: Review) -> int | None:
    if review.order_external_id is None:
        return None
    return session.scalar(
        select(Order.id).where(
            Order.store_id == review.store_id, Order.external_id == review.order_external_id
        )
    )


def _note_kinder(session: Session, review: Review, now: datetime) -> Case | None:
    case = session.scalar(
        select(Case).where(Case.store_id == review.store_id, Case.source == _source(review))
    )
    if case is None or case.state == "closed":
        return None
    text = ngettext(
        "The buyer changed the review to one star.",
        "The buyer changed the review to %(count)s stars.",
        review.rating,
    )
    written = [step.text for step in queries.steps_of(session, case) if step.kind != CHANGE]
    if written[-1:] != [text]:
        add_step(session, case, NewStep("note", text), ACTOR, now)
    return case


def _source(review: Review) -> str:
    return f"review:{review.id}"
