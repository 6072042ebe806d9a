"""Runs over feeds: opened once, claimed under a lease, moved on page by page, ended.

Leases and back-off run on the database's own clock, so that a frozen business clock holds nobody.
"""

from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, case, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm import config
from crm.imports.faults import Trouble, later, next_try
from crm.imports.models import FeedRun, Purpose
from crm.storefronts import Asked, Feed, Page

_MOST_REFUSALS = 100
_LAST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Opening:
    """Which run to open."""

    platform: str
    feed: Feed
    purpose: Purpose
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that is ours until its lease ends; the token proves it."""

    store_id: int
    id: int
    platform: str
    purpose: str
    started_at: datetime
    tries: int
    asked: Asked
    token: str


@dataclass(slots=True)
class Tally:
    """What the things of a page came to."""

    seen: int = 0
    changed: int = 0
    missed: int = 0
    refused: int = 0
    refusals: list[dict[str, str]] = field(default_factory=list)

    def refuse(self, external_id: str, reason: str) -> None:
        """Count a thing that could not be taken."""
        self.refused += 1
        self.refusals.append({"id": external_id[:200], "reason": reason[:500]})


def open_run(session: Session, store_id: int, opening: Opening, now: datetime) -> bool:
    """Open a run unless one of its kind is open already; tells whether it is new."""
    wanted = insert(FeedRun).values(
        store_id=store_id,
        platform=opening.platform,
        feed=opening.feed,
        purpose=opening.purpose,
        since=opening.since,
        started_at=now,
        pages=0,
        seen=0,
        changed=0,
        missed=0,
        refused=0,
        refusals=[],
        tries=0,
    )
    made = session.execute(wanted.on_conflict_do_nothing().returning(FeedRun.id))
    return made.first() is not None


def claim(session: Session, store_id: int | None = None) -> Claimed | None:
    """Claim an open run that is due, of one store or of any; checks go before backfills.

    Among checks the shortest goes on, so that a long one does not hold up those of other stores.
    """
    token = token_hex(8)
    of_store = true() if store_id is None else FeedRun.store_id == store_id
    chosen = (
        select(FeedRun.store_id, FeedRun.id)
        .where(FeedRun.finished_at.is_(None), of_store, *_due())
        .order_by(FeedRun.purpose.desc(), _checked_pages(), FeedRun.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte("chosen")
    )
    row = session.execute(
        update(FeedRun)
        .where(FeedRun.store_id == chosen.c.store_id, FeedRun.id == chosen.c.id)
        .values(token=token, lease_until=later(config.settings().lease_seconds + 60))
        .returning(FeedRun)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return _claimed(row, token) if row else None


def turn_page(session: Session, claimed: Claimed, page: Page, tally: Tally, now: datetime) -> bool:
    """Count a page and move on; after the last the run is finished. False: it was turned before.

    A page that took longer than the lease counts all the same: else a slow list never moved on.
    """
    run = _open(session, claimed)
    if run is None or run.bookmark != claimed.asked.bookmark:
        return False
    _let_go(run)
    run.pages += 1
    run.seen += tally.seen
    run.changed += tally.changed
    run.missed += tally.missed
    run.refused += tally.refused
    run.refusals = [*run.refusals, *tally.refusals][:_MOST_REFUSALS]
    run.total = page.total if page.total is not None else run.total
    run.bookmark = page.bookmark
    run.tries, run.error, run.not_before = 0, None, None
    if page.bookmark is None:
        run.finished_at, run.outcome = now, "read"
    return True


def put_off(session: Session, claimed: Claimed, trouble: Trouble) -> bool:
    """Leave a run for later, longer with every failure in a row; its bookmark stays.

    False: no longer ours.
    """
    run = _open(session, claimed)
    if run is None or run.token != claimed.token:
        return False
    _let_go(run)
    run.error, run.tries = trouble.reason[:2000], run.tries + 1
    run.not_before = next_try(trouble, claimed.tries, _LAST_SECONDS)
    return True


def give_up(session: Session, claimed: Claimed, now: datetime) -> None:
    """End a run of an interface that is not connected any more."""
    run = _open(session, claimed)
    if run is not None:
        _let_go(run)
        run.finished_at, run.outcome = now, "abandoned"


def abandon(session: Session, store_id: int, purpose: Purpose, now: datetime) -> int:
    """End the open runs of a store that are not wanted any more; gives their number."""
    ended: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(FeedRun)
        .where(
            FeedRun.store_id == store_id,
            FeedRun.purpose == purpose,
            FeedRun.finished_at.is_(None),
        )
        .values(finished_at=now, outcome="abandoned", token=None, lease_until=None)
    )
    return int(ended.rowcount)


def try_again(session: Session, store_id: int) -> None:
    """Let the open runs of a store go on at once, whatever they were put off for.

    A lease is taken away too: should its holder live, it finds its page turned by another.
    """
    session.execute(
        update(FeedRun)
        .where(FeedRun.store_id == store_id, FeedRun.finished_at.is_(None))
        .values(not_before=None, error=None, tries=0, token=None, lease_until=None)
    )


def _due() -> tuple[ColumnElement[bool], ...]:
    real_now = func.clock_timestamp()
    return (
        or_(FeedRun.not_before.is_(None), FeedRun.not_before <= real_now),
        or_(FeedRun.lease_until.is_(None), FeedRun.lease_until < real_now),
    )


def _checked_pages() -> ColumnElement[int]:
    return case((FeedRun.purpose == "reconcile", FeedRun.pages), else_=0)


def _claimed(row: FeedRun, token: str) -> Claimed:
    return Claimed(
        store_id=row.store_id,
        id=row.id,
        platform=row.platform,
        purpose=row.purpose,
        started_at=row.started_at,
        tries=row.tries,
        asked=Asked(row.feed, row.since, row.bookmark),  # type: ignore[arg-type]
        token=token,
    )


def _open(session: Session, claimed: Claimed) -> FeedRun | None:
    run = session.get(FeedRun, (claimed.store_id, claimed.id), with_for_update=True)
    return run if run and run.finished_at is None else None


def _let_go(run: FeedRun) -> None:
    run.token, run.lease_until = None, None
