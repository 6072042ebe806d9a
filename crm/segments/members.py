"""Who is in a segment: all answers come from the one SQL a rule means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.segments.answers.patience import patience
from crm.segments.compile import where
from crm.segments.rule import Rule
from crm.segments.scope import scope_of
from crm.stores.models import Store


def count(session: Session, store: Store, rule: Rule, now: datetime) -> int:
    """Count the buyers of a segment. Raises Unavailable when it takes too long."""
    scope = scope_of(store, now)
    with patience(session, rule, scope):
        chosen = where(rule, scope)
        return session.scalars(select(func.count()).select_from(Buyer).where(chosen)).one()


def sample(
    session: Session, store: Store, rule: Rule, limit: int, now: datetime
) -> Sequence[Buyer]:
    """Show a few buyers of a segment, the newest first. Raises Unavailable as `count` does."""
    scope = scope_of(store, now)
    with patience(session, rule, scope):
        chosen = select(Buyer).where(where(rule, scope))
        return session.scalars(chosen.order_by(Buyer.id.desc()).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of a list: up to `limit` buyers whose ids come after `after_id`."""

    after_id: int = 0
    limit: int = 200


def page(session: Session, store: Store, rule: Rule, span: Span, now: datetime) -> Sequence[Buyer]:
    """List a span of the buyers of a segment by id. Raises Unavailable as `count` does."""
    scope = scope_of(store, now)
    with patience(session, rule, scope):
        chosen = select(Buyer).where(where(rule, scope), Buyer.id > span.after_id)
        return session.scalars(chosen.order_by(Buyer.id).limit(span.limit)).all()


def contains(session: Session, store: Store, rule: Rule, buyer_id: int, now: datetime) -> bool:
    """Tell whether a buyer is in a segment."""
    scope = scope_of(store, now)
    chosen = select(Buyer.id).where(where(rule, scope), Buyer.id == buyer_id)
    return session.scalars(chosen).first() is not None
