"""Brings in the past of a shop: every customer, order and review it lists, facts only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.imports import runs
from crm.imports.models import FeedRun
from crm.imports.sources import must_list
from crm.stores.models import Store


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one feed of a backfill is; `total` None where the storefront does not say."""

    platform: str
    feed: str
    seen: int
    total: int | None
    changed: int
    refused: int
    error: str | None
    started_at: datetime
    finished_at: datetime | None


def begin(session: Session, store: Store, since: datetime | None, now: datetime) -> bool:
    """Open a backfill, or go on with the one that is open; tells whether it is a new one.

    Another `since` than that of the open one starts over. Raises Rejected when there is nothing
    to read from.
    """
    sources = must_list(session, store)
    present = _open(session, store.id)
    if present and since is not None and any(run.since != since for run in present):
        runs.abandon(session, store.id, "backfill", now)
        present = []
    if present:
        runs.try_again(session, store.id)
        return False
    for source in sources:
        for feed in source.feeds:
            opening = runs.Opening(source.platform, feed, "backfill", since)
            runs.open_run(session, store.id, opening, now)
    return True


def stop(session: Session, store: Store, now: datetime) -> int:
    """Stop an open backfill where it is; gives how many feeds were unfinished."""
    return runs.abandon(session, store.id, "backfill", now)


def progress(session: Session, store_id: int) -> list[Progress]:
    """Tell how far the last backfill of a store is, feed by feed."""
    newest = session.scalars(
        select(FeedRun)
        .where(FeedRun.store_id == store_id, FeedRun.purpose == "backfill")
        .order_by(FeedRun.started_at.desc(), FeedRun.id)
        .limit(20)
    ).all()
    together = [run for run in newest if run.started_at == newest[0].started_at]
    return [
        Progress(
            platform=run.platform,
            feed=run.feed,
            seen=run.seen,
            total=run.total,
            changed=run.changed,
            refused=run.refused,
            error=run.error,
            started_at=run.started_at,
            finished_at=run.finished_at,
        )
        for run in together
    ]


def _open(session: Session, store_id: int) -> Sequence[FeedRun]:
    return session.scalars(
        select(FeedRun).where(
            FeedRun.store_id == store_id,
            FeedRun.purpose == "backfill",
            FeedRun.finished_at.is_(None),
        )
    ).all()
