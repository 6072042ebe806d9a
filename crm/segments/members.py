"""Who is in a segment: all answers come from the one SQL a rule means."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from psycopg.errors import QueryCanceled
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.errors import Unavailable
from crm.i18n import gettext as _
from crm.segments.compile import clause, present, where
from crm.segments.describe import sentence
from crm.segments.rule import AllOf, AnyOf, Rule
from crm.segments.scope import scope_of
from crm.stores.models import Store

# A rule that takes longer would keep a web process from everybody else.
PATIENCE_SECONDS = 10


def count(session: Session, store: Store, rule: Rule, now: datetime) -> int:
    """Count the buyers of a segment. Raises Unavailable when it takes too long."""
    with _patience(session):
        chosen = where(rule, scope_of(store, now))
        return session.scalars(select(func.count()).select_from(Buyer).where(chosen)).one()


def sample(
    session: Session, store: Store, rule: Rule, limit: int, now: datetime
) -> Sequence[Buyer]:
    """Show a few buyers of a segment, the newest first. Raises Unavailable as `count` does."""
    with _patience(session):
        chosen = select(Buyer).where(where(rule, scope_of(store, now)))
        return session.scalars(chosen.order_by(Buyer.id.desc()).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of a list: up to `limit` buyers whose ids come after `after_id`."""

    after_id: int = 0
    limit: int = 200


def page(session: Session, store: Store, rule: Rule, span: Span, now: datetime) -> Sequence[Buyer]:
    """List a span of the buyers of a segment by id. Raises Unavailable as `count` does."""
    with _patience(session):
        chosen = select(Buyer).where(where(rule, scope_of(store, now)), Buyer.id > span.after_id)
        return session.scalars(chosen.order_by(Buyer.id).limit(span.limit)).all()


def contains(session: Session, store: Store, rule: Rule, buyer_id: int, now: datetime) -> bool:
    """Tell whether a buyer is in a segment."""
    chosen = select(Buyer.id).where(where(rule, scope_of(store, now)), Buyer.id == buyer_id)
    return session.scalars(chosen).first() is not None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a rule alone: what it says, and how many buyers fulfil it."""

    sentence: str
    count: int


def count_parts(session: Session, store: Store, rule: Rule, now: datetime) -> tuple[Part, ...]:
    """Count every part of the outermost group by itself, in one pass over the buyers."""
    parts = rule.rules if isinstance(rule, AllOf | AnyOf) else (rule,)
    scope = scope_of(store, now)
    counts = [func.count().filter(clause(part, scope)) for part in parts]
    with _patience(session):
        row = session.execute(select(*counts).select_from(Buyer).where(present(scope))).one()
    return tuple(
        Part(sentence(part, store.currency), number)
        for part, number in zip(parts, row, strict=True)
    )


@contextmanager
def _patience(session: Session) -> Iterator[None]:
    """Bound the time of the statements inside, and leave the transaction usable after a no."""
    with session.begin_nested():
        before = session.scalars(select(func.current_setting("statement_timeout"))).one()
        _set_timeout(session, f"{PATIENCE_SECONDS}s")
        try:
            yield
        except DBAPIError as fault:
            if not isinstance(fault.orig, QueryCanceled):
                raise
            reason = _("This segment takes too long to work out; narrow it down.")
            raise Unavailable(reason) from fault
        _set_timeout(session, before)


def _set_timeout(session: Session, value: str) -> None:
    session.execute(select(func.set_config("statement_timeout", value, True)))
