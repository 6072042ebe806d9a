"""Reads an open file on: a few rows, their facts and the place in the file in one transaction.

A crash loses nothing and repeats nothing: what was not committed is read again.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from math import inf
from pathlib import Path
from time import monotonic

from sqlalchemy.orm import Session

from crm import db, failpoints
from crm.buyers.zones import store_country
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.imports.faults import trouble_of
from crm.imports.files import records, refusals, runs, tables, taking
from crm.imports.files.models import FileImport
from crm.imports.files.refusals import Refusal
from crm.imports.files.runs import Step
from crm.storefronts import home_of
from crm.stores.queries import get_store_by_id
from crm.stores.zones import zone

_TOGETHER = 200
Shown = Callable[[FileImport], None]


class Taken(Exception):
    """The file is no longer ours: it was stopped, or somebody else reads it."""


@dataclass(frozen=True, slots=True)
class _Work:
    run: FileImport
    reading: records.Reading
    layout: tables.Layout
    granting: taking.Granting | None
    now: datetime


def read_next(seconds: float, now: datetime) -> FileImport | None:
    """Read whichever file waits for some time; gives it as it stands, None when none waits."""
    with db.session() as session:
        run = runs.claim(session)
        work = _work(session, run, now) if run else None
    if work is None:
        return None
    try:
        with _alone(Path(work.run.path)):
            _read_claimed(work, monotonic() + seconds, None)
    except OSError:
        _fail(work, _("The file is not there."))
    except Rejected:  # a reader that hung wakes up: it, or whoever comes next, reads on
        with db.session() as session:
            runs.let_go(session, work.run)
    return _fresh(work.run)


def read_whole(run_id: int, path: Path, now: datetime, shown: Shown) -> FileImport | None:
    """Read one file to its end; None when it is not waiting. Raises Rejected while another reads.

    A reader that was killed holds the file no more, whatever its lease says.
    """
    with _alone(path):
        with db.session() as session:
            run = runs.take_over(session, run_id)
            work = _work(session, run, now) if run else None
        if work is None:
            return None
        _read_claimed(work, inf, shown)
    return _fresh(work.run)


def _read_claimed(work: _Work, deadline: float, shown: Shown | None) -> None:
    try:
        is_done = _read(work, deadline, shown)
    except Taken:
        return
    except Rejected as no:
        _fail(work, no.reason)
        return
    with db.session() as session:
        if is_done:
            runs.finish(session, work.run, work.now)
        else:
            runs.let_go(session, work.run)


def _fail(work: _Work, reason: str) -> None:
    with db.session() as session:
        runs.finish(session, work.run, work.now, reason)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a file for the block, so that no two processes read it. Raises Rejected, OSError."""
    with path.open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Rejected(_("This file is being imported at this moment.")) from None
        yield


def _work(session: Session, run: FileImport, now: datetime) -> _Work:
    store = get_store_by_id(session, run.store_id)
    told = {column: ours for column, ours in run.columns.items() if ours}
    reading = records.Reading(
        kind=run.kind,
        columns=told,
        heading=None if run.delimiter else frozenset(run.heading),
        home=home_of(store),
        country=store_country(store),
        zone=zone(store),
        as_of=run.as_of,
        is_dated=run.is_dated,
    )
    granting = taking.Granting(actor=run.actor, **run.consent) if run.consent else None
    return _Work(run, reading, runs.layout_of(run), granting, now)


def _read(work: _Work, deadline: float, shown: Shown | None) -> bool:
    """Read rows until the end, giving True, or until the time is over."""
    with tables.opened(Path(work.run.path), work.layout) as (raw, rows):
        unread = islice(rows, work.run.rows, None)
        while batch := list(islice(unread, _TOGETHER)):
            work.run.place = min(raw.tell(), work.run.size)
            _take(work, batch)
            failpoints.hit("after_import_batch")
            if shown:
                shown(work.run)
            if monotonic() > deadline:
                return next(unread, None) is None
    return True


def _take(work: _Work, rows: Sequence[tables.Row]) -> None:
    """Take rows together, which is quicker; if that fails, half and half."""
    entries, refused = [], []
    for row in rows:
        try:
            entries.append(records.read(row, work.reading))
        except Rejected as no:
            refused.append(Refusal(row, no.reason))
    try:
        _settle(work, entries, refused, len(rows))
    except Rejected as no:
        if len(rows) == 1:
            _settle(work, [], [Refusal(rows[0], no.reason)], 1)
            return
        half = len(rows) // 2
        _take(work, rows[:half])
        _take(work, rows[half:])


def _settle(
    work: _Work, entries: Sequence[records.Entry], refused: Sequence[Refusal], rows: int
) -> None:
    """Write what rows say and that they were read, in one transaction. Raises Rejected, Taken."""
    run = work.run
    step = _step(work, refused, rows)

    def write(session: Session) -> tuple[bool, Step]:
        store = get_store_by_id(session, run.store_id)
        with session.begin_nested() as trial:
            outcomes = taking.take(session, store, entries, work.granting, work.now)
            if run.is_check:
                trial.rollback()
        new, changed, known = map(outcomes.count, (taking.NEW, taking.CHANGED, taking.KNOWN))
        done = replace(step, new=new, changed=changed, known=known)
        return runs.move(session, run, done), done

    try:
        is_ours, done = db.in_turn(write)
    except Exception as fault:  # noqa: BLE001 - one odd row must not stop those behind it
        raise Rejected(trouble_of(fault).reason) from None
    if not is_ours:
        raise Taken
    for name in ("rows", "new", "changed", "known", "refused"):
        setattr(run, name, getattr(run, name) + getattr(done, name))
    run.refused_bytes = done.refused_bytes


def _step(work: _Work, refused: Sequence[Refusal], rows: int) -> Step:
    """Write refused rows to their file first: a row may stand there too early, never be lost."""
    run, place = work.run, work.run.refused_bytes
    if not run.is_check:
        beside = refusals.path_beside(Path(run.path))
        place = refusals.write(beside, work.layout, refused, place)
    reasons = [{"row": one.row.number, "reason": one.reason[:500]} for one in refused]
    return Step(
        rows=rows, refused=len(refused), reasons=reasons, place=run.place, refused_bytes=place
    )


def _fresh(run: FileImport) -> FileImport:
    with db.session() as session:
        return session.get_one(FileImport, (run.store_id, run.id))


def preview(path: Path, layout: tables.Layout, count: int) -> list[tables.Row]:
    """Give the first rows of a file."""
    with tables.opened(path, layout) as (_raw, rows):
        found: Iterator[tables.Row] = islice(rows, count)
        return list(found)
