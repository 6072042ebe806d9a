"""SCHEDULE: every periodic job on one page, and the loop that gives each its turn."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

import structlog
from sqlalchemy.exc import SQLAlchemyError

from crm import clock, config, db, queue, timetable

SWEEP: Literal["sweep"] = "sweep"
_MOST_ROUNDS = 10_000
_EPOCH = datetime.fromtimestamp(0, UTC)
_RING_AGAIN = timedelta(minutes=5)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Task:
    """A job without arguments and when it is due.

    `sweep` is every CRM_SWEEP_SECONDS of real time; a timedelta of at least a minute and a time
    of day are business time in UTC. However many turns were missed, one is given.
    """

    job: str
    when: timedelta | time | Literal["sweep"]


SCHEDULE = (
    Task("crm.webhooks.jobs.replay_spool", SWEEP),
    Task("crm.webhooks.jobs.drain_inbox", SWEEP),
    Task("crm.campaigns.jobs.run_campaigns", SWEEP),
    Task("crm.messages.jobs.recover_stale", SWEEP),
    Task("crm.messages.jobs.send_due", SWEEP),
    Task("crm.coupons.jobs.sweep_coupons", timedelta(minutes=1)),
    Task("crm.buyers.jobs.reclass_buyers", time(3)),
    Task("crm.segments.nightly.jobs.draw_rfm", time(2, 30)),
    Task("crm.segments.nightly.jobs.count_segments", time(5)),
    Task("crm.imports.jobs.look_up_things", SWEEP),
    Task("crm.imports.jobs.read_feeds", SWEEP),
    Task("crm.imports.files.jobs.read_files", SWEEP),
    Task("crm.imports.files.jobs.forget_files", time(4, 45)),
    Task("crm.imports.jobs.reconcile_stores", timedelta(minutes=1)),
    Task("crm.imports.jobs.check_webhooks", timedelta(minutes=10)),
    Task("crm.webhooks.jobs.forget_bodies", time(4)),
    Task("crm.imports.jobs.forget_runs", time(4, 30)),
)


def run(stop: threading.Event) -> None:
    """Give every task its turn until told to stop; several schedulers share the turns."""
    rung: dict[str, datetime] = {}
    pause = min(config.settings().sweep_seconds, 30.0)
    while not stop.is_set():
        try:
            _give_turns(rung)
        except SQLAlchemyError as fault:
            _log.error("scheduler waits for the database", fault=type(fault).__name__)
        stop.wait(pause)


def tick() -> int:
    """Run every task here, again and again until none finds work; gives the units done."""
    done = sum(queue.perform(task.job) for task in SCHEDULE)
    for _ in range(_MOST_ROUNDS):
        round_done = sum(queue.perform(task.job) for task in SCHEDULE)
        if not round_done:
            return done
        done += round_done
    raise RuntimeError("the jobs still find work after 10,000 rounds; one of them repeats itself")


def sweep() -> None:
    """Run what is due here once, without the doorbell; a job that fails is logged."""
    try:
        with db.session() as session:
            due = timetable.unfinished(session)
    except SQLAlchemyError as fault:
        _log.error("worker waits for the database", fault=type(fault).__name__)
        return
    for task in SCHEDULE:
        if task.when == SWEEP or task.job in due:
            _run_alone(task.job)


def slot(task: Task, now: datetime, real_now: datetime) -> datetime:
    """Find the task's latest turn that is due."""
    if task.when == SWEEP:
        return _floor(real_now, timedelta(seconds=config.settings().sweep_seconds))
    if isinstance(task.when, timedelta):
        return _floor(now, task.when)
    assert isinstance(task.when, time)
    today = datetime.combine(now.date(), task.when, UTC)
    return today if today <= now else today - timedelta(days=1)


def _run_alone(job: str) -> None:
    try:
        queue.perform(job)
    except Exception:  # noqa: BLE001 - one job's bug must not keep the others waiting
        _log.exception("job failed", job=job)


def _give_turns(rung: dict[str, datetime]) -> None:
    now, real_now = clock.now(), clock.real_now()
    with db.session() as session:
        claimed = [
            task
            for task in SCHEDULE
            if timetable.claim(session, task.job, slot(task, now, real_now))
        ]
        unfinished = timetable.unfinished(session)
    for task in SCHEDULE:
        overdue = task.job in unfinished and real_now - rung.get(task.job, _EPOCH) > _RING_AGAIN
        if task in claimed or overdue:
            rung[task.job] = real_now
            queue.ring(task.job)


def _floor(moment: datetime, step: timedelta) -> datetime:
    return _EPOCH + (moment - _EPOCH) // step * step
