"""The timetable: each turn is given once, missed turns once, whoever schedules."""

import threading
import time as real_time
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import clock, db, queue, schedule, timetable
from crm.config import Settings
from crm.schedule import SCHEDULE, SWEEP, Task
from crm.timetable import Timetable

NOON = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
NIGHTLY = Task("crm.buyers.jobs.reclass_buyers", time(3))


@pytest.fixture(autouse=True)
def _fresh_connection(settings: Settings) -> None:
    queue.forget_connection()


def rings(valkey: redis.Redis) -> list[str]:
    jobs = Queue("regulars", connection=valkey, serializer=JSONSerializer).jobs
    return [str(job.args[0]) for job in jobs]


def run_for(seconds: float) -> None:
    stop = threading.Event()
    threads = [threading.Thread(target=schedule.run, args=(stop,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    real_time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join(5)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (timedelta(minutes=1), NOON.replace(second=0)),
        (timedelta(hours=1), NOON.replace(minute=0, second=0)),
        (time(3), NOON.replace(hour=3, minute=0, second=0)),
        (time(13), NOON.replace(day=20, hour=13, minute=0, second=0)),
    ],
)
def test_the_slot_is_the_latest_turn_that_is_due(
    settings: Settings, when: timedelta | time, expected: datetime
) -> None:
    assert schedule.slot(Task("any", when), NOON, NOON) == expected


def test_a_sweep_goes_by_real_time_and_everything_else_by_business_time(
    settings: Settings,
) -> None:
    later = NOON + timedelta(days=400)
    assert schedule.slot(Task("any", SWEEP), NOON, later) > NOON
    assert schedule.slot(Task("any", timedelta(minutes=1)), NOON, later) < NOON


def test_a_slot_is_claimed_once(session: Session) -> None:
    assert timetable.claim(session, "any", NOON)
    assert not timetable.claim(session, "any", NOON)


def test_a_slot_before_the_last_one_is_never_given_again(session: Session) -> None:
    assert timetable.claim(session, "any", NOON)
    assert not timetable.claim(session, "any", NOON - timedelta(days=1))


def test_of_many_schedulers_one_gets_the_slot(database: None) -> None:
    gained = []

    def claim() -> None:
        with db.session() as session:
            gained.append(timetable.claim(session, "any", NOON))

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(gained) == [False] * 7 + [True]


def test_a_turn_is_open_until_its_job_has_run(session: Session) -> None:
    timetable.claim(session, "any", NOON)
    assert timetable.unfinished(session) == {"any"}
    timetable.record_run(session, "any", clock.real_now())
    assert timetable.unfinished(session) == set()


def test_a_later_turn_opens_a_task_again(session: Session) -> None:
    timetable.claim(session, "any", NOON)
    timetable.record_run(session, "any", clock.real_now())
    timetable.claim(session, "any", NOON + timedelta(minutes=1))
    assert timetable.unfinished(session) == {"any"}


def test_schedulers_ring_for_every_task(database: None, valkey: redis.Redis) -> None:
    run_for(0.5)
    assert set(rings(valkey)) == {task.job for task in SCHEDULE}
    with db.session() as session:
        assert set(session.scalars(select(Timetable.task))) == {task.job for task in SCHEDULE}


def test_several_missed_nights_are_caught_up_by_one_turn(
    database: None, valkey: redis.Redis, at: Callable[[str], None]
) -> None:
    at("2026-11-21T12:00:00Z")
    run_for(0.3)
    with db.session() as session:
        timetable.record_run(session, NIGHTLY.job, clock.real_now())
    valkey.flushall()
    at("2026-11-25T12:00:00Z")
    run_for(0.5)
    assert rings(valkey).count(NIGHTLY.job) == 1


def test_a_ring_that_was_lost_before_its_job_ran_is_rung_again(
    database: None, valkey: redis.Redis
) -> None:
    run_for(0.3)
    valkey.flushall()
    run_for(0.3)  # schedulers that know nothing of the first ring
    assert NIGHTLY.job in rings(valkey)


def test_a_job_that_has_run_is_not_rung_for_again(database: None, valkey: redis.Redis) -> None:
    run_for(0.3)
    with db.session() as session:
        timetable.record_run(session, NIGHTLY.job, clock.real_now())
    valkey.flushall()
    run_for(0.3)
    assert NIGHTLY.job not in rings(valkey)


def test_a_tick_runs_every_task_and_ends_when_nothing_is_due(tick: Callable[[], int]) -> None:
    with db.session() as session:
        for task in SCHEDULE:
            timetable.claim(session, task.job, clock.real_now())
    assert tick() == 0
    with db.session() as session:
        assert timetable.unfinished(session) == set()
