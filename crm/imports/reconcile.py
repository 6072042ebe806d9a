"""Looks every few minutes for what changed in a storefront and reads what no webhook brought."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm import db
from crm.errors import Rejected
from crm.imports import runs
from crm.imports.models import FeedRun
from crm.imports.sources import Source, list_sources, must_list
from crm.stores.models import Store
from crm.stores.queries import get_store_by_id, list_stores
from crm.stores.settings import read_settings

# Clocks differ, and what is being written while we look is seen by the next look.
OVERLAP = timedelta(minutes=10)
_KEPT = timedelta(days=7)
_log = structlog.get_logger(__name__)


def open_due(now: datetime) -> int:
    """Open a check of every feed whose turn it is; gives their number."""
    with db.session() as session:
        ids = [store.id for store in list_stores(session, None)]
    return sum(_open_store(store_id, now) for store_id in ids)


def begin(session: Session, store: Store, now: datetime) -> int:
    """Open a check of every feed of a store now; gives how many there are.

    Raises Rejected when there is nothing to read from.
    """
    sources = must_list(session, store)
    runs.try_again(session, store.id)
    return sum(
        _open_feed(session, source, feed, now) for source in sources for feed in source.feeds
    )


def forget_runs(session: Session, now: datetime) -> int:
    """Forget checks ended more than a week ago, but never the last of a feed; gives the number."""
    last = select(func.max(FeedRun.id)).where(FeedRun.finished_at.is_not(None))
    old = delete(FeedRun).where(
        FeedRun.purpose == "reconcile",
        FeedRun.finished_at < now - _KEPT,
        FeedRun.id.not_in(last.group_by(FeedRun.store_id, FeedRun.platform, FeedRun.feed)),
    )
    return len(session.execute(old.returning(FeedRun.id)).all())


def _open_store(store_id: int, now: datetime) -> int:
    try:
        with db.session() as session:
            return _open_feeds(session, get_store_by_id(session, store_id), now)
    except Rejected as no:  # such as a key that cannot be unsealed: an alarm tells of it
        _log.error("a store cannot be looked at", store=store_id, reason=no.reason)
        return 0


def _open_feeds(session: Session, store: Store, now: datetime) -> int:
    every = timedelta(minutes=read_settings(store).intake.check_minutes)
    return sum(
        _open_feed(session, source, feed, now)
        for source in list_sources(session, store)
        for feed in source.feeds
        if _is_due(_last(session, source, feed, now), every, now)
    )


def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or now >= last + every


def _open_feed(session: Session, source: Source, feed: str, now: datetime) -> bool:
    last = _last(session, source, feed, now)
    since = min(last or source.connected_at, now) - OVERLAP
    opening = runs.Opening(source.platform, feed, "reconcile", since)  # type: ignore[arg-type]
    return runs.open_run(session, source.store_id, opening, now)


def _last(session: Session, source: Source, feed: str, now: datetime) -> datetime | None:
    """Find the instant up to which a feed is known to have been read.

    What a clock wrote down that ran ahead is passed over: what came since then was not read.
    """
    return session.scalar(
        select(FeedRun.started_at)
        .where(
            FeedRun.store_id == source.store_id,
            FeedRun.platform == source.platform,
            FeedRun.feed == feed,
            FeedRun.purpose == "reconcile",
            FeedRun.outcome == "read",
            FeedRun.started_at <= now,
        )
        .order_by(FeedRun.id.desc())
        .limit(1)
    )
