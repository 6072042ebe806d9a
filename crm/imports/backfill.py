"""Brings in the past of a shop: every customer, order and review it lists, facts only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.imports import runs
from crm.imports.models import FeedRun
from crm.imports.sources import must_list
from crm.stores.models import Store


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


def _open(session: Session, store_id: int) -> Sequence[FeedRun]:
    return session.scalars(
        select(FeedRun).where(
            FeedRun.store_id == store_id,
            FeedRun.purpose == "backfill",
            FeedRun.finished_at.is_(None),
        )
    ).all()
