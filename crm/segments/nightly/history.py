"""How many buyers a saved segment had, day by day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm.errors import Rejected, Unavailable
from crm.segments import members
from crm.segments.models import Segment, SegmentCount
from crm.segments.nesting import recall
from crm.segments.scope import scope_of
from crm.stores.models import Store

_log = structlog.get_logger(__name__)


def record_counts(session: Session, store: Store, now: datetime) -> int:
    """Keep today's count of every saved segment of a store, once a day; gives how many."""
    today = scope_of(store, now).today
    done = select(SegmentCount.segment_id).where(
        SegmentCount.store_id == store.id, SegmentCount.counted_on == today
    )
    due = select(Segment).where(Segment.store_id == store.id, Segment.id.not_in(done))
    return sum(_record(session, store, one, now) for one in session.scalars(due).all())


def _record(session: Session, store: Store, segment: Segment, now: datetime) -> int:
    try:
        rule = recall(session, store, segment.rule)
        number = members.count(session, store, rule, now)
    except (Unavailable, Rejected) as fault:
        # One slow segment keeps the others from nothing; tomorrow it is tried again.
        _log.warning("segment not counted", segment=segment.id, fault=type(fault).__name__)
        return 0
    row = insert(SegmentCount).values(
        store_id=store.id,
        segment_id=segment.id,
        counted_on=scope_of(store, now).today,
        number=number,
    )
    session.execute(row.on_conflict_do_nothing())
    return 1


def history(session: Session, segment: Segment, until: date, days: int) -> Sequence[SegmentCount]:
    """List a segment's counts of the last days, oldest first."""
    asked = select(SegmentCount).where(
        SegmentCount.store_id == segment.store_id,
        SegmentCount.segment_id == segment.id,
        SegmentCount.counted_on > until - timedelta(days=days),
        SegmentCount.counted_on <= until,
    )
    return session.scalars(asked.order_by(SegmentCount.counted_on)).all()
