"""The doorbell: rings are coalesced, foreign jobs refused, trouble swallowed."""

import os
import signal
import subprocess
import sys
import time
import zlib
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select, text

from crm import clock, config, db, embedded, queue, timetable
from crm.config import Settings
from crm.embedded import Servers
from crm.timetable import Timetable

JOB = "crm.coupons.jobs.sweep_coupons"


@pytest.fixture(autouse=True)
def _fresh_connection() -> Iterator[None]:
    queue.forget_connection()
    yield
    queue.forget_connection()


@contextmanager
def working() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-m", "crm", "worker"])
    try:
        yield process
        process.terminate()
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()


def eventually(is_so: object, seconds: float = 10) -> bool:
    assert callable(is_so)
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def claim_slot() -> None:
    with db.session() as session:
        timetable.claim(session, JOB, clock.real_now())


def has_run() -> bool:
    with db.session() as session:
        return session.scalar(select(Timetable.ran_at)) is not None


def test_many_rings_are_one_until_a_worker_answers(valkey: redis.Redis) -> None:
    for _ in range(20):
        queue.ring(JOB)
    assert queue.depth() == 1


def test_rings_that_come_together_are_two_the_first_at_once_the_last_for_the_others(
    valkey: redis.Redis,
) -> None:
    time.sleep(0.1)
    queue.ring_soon(JOB)
    assert queue.depth() == 1
    valkey.flushall()  # as if a worker had answered the first one already
    for _ in range(100):
        queue.ring_soon(JOB)
    assert queue.depth() == 0
    assert eventually(lambda: queue.depth() == 1, 1)
    valkey.flushall()
    time.sleep(0.2)
    assert queue.depth() == 0


def test_a_worker_answers_a_ring(database: None, valkey: redis.Redis) -> None:
    claim_slot()
    with working():
        queue.ring(JOB)
        assert eventually(has_run)
        assert eventually(lambda: queue.depth() == 0)


def test_after_a_flush_the_next_ring_gets_through(database: None, valkey: redis.Redis) -> None:
    claim_slot()
    queue.ring(JOB)
    valkey.flushall()
    queue.ring(JOB)
    with working():
        assert eventually(has_run)


def test_a_ring_holds_nothing_but_the_name_of_its_job(valkey: redis.Redis) -> None:
    queue.ring(JOB)
    (job,) = Queue("regulars", connection=valkey, serializer=JSONSerializer).jobs
    assert (job.func_name, job.args, job.kwargs) == ("crm.queue.perform", [JOB], {})


@pytest.mark.parametrize("name", ["os.system", "crm.queue.perform", "crm.config.load", "crm.jobs"])
def test_only_jobs_of_features_can_be_rung_for(valkey: redis.Redis, name: str) -> None:
    with pytest.raises(PermissionError):
        queue.ring(name)
    with pytest.raises(PermissionError):
        queue.perform(name)


def test_a_function_that_a_jobs_module_only_imported_is_no_job(database: None) -> None:
    with pytest.raises(PermissionError, match="not defined there"):
        queue.perform("crm.coupons.jobs.sweep")


def test_a_foreign_job_is_refused_and_the_next_one_runs(
    database: None, valkey: redis.Redis, tmp_path: object
) -> None:
    claim_slot()
    proof = f"{tmp_path}/proof"
    Queue("regulars", connection=valkey, serializer=JSONSerializer).enqueue(
        "os.system", f"touch {proof}"
    )
    queue.ring(JOB)
    with working():
        assert eventually(has_run)
    assert not os.path.exists(proof)  # noqa: PTH110


def test_a_job_that_breaks_leaves_nothing_of_its_fault_in_the_doorbell(
    database: None, valkey: redis.Redis
) -> None:
    with db.engine().begin() as connection:
        connection.execute(text("ALTER TABLE coupons RENAME TO away"))
    try:
        queue.ring(JOB)
        with working():
            assert eventually(lambda: valkey.exists("rq:failed:regulars"))
    finally:
        with db.engine().begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO coupons"))
    (key,) = valkey.scan_iter("rq:results:*")
    ((_number, kept_there),) = valkey.xrange(key)
    kept = zlib.decompress(b64decode(kept_there[b"exc_string"])).decode()
    assert "ProgrammingError" in kept
    assert "UPDATE" not in kept


def test_trouble_with_the_doorbell_is_quick_and_not_raised(settings: Settings) -> None:
    config.use(replace(settings, redis_url="unix:///tmp/there-is-no-such-socket"))
    before = time.monotonic()
    queue.ring(JOB)
    assert time.monotonic() - before < 1
    with pytest.raises(redis.RedisError):
        queue.ping()


def test_a_doorbell_that_does_not_answer_costs_a_fifth_of_a_second(settings: Settings) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        config.use(replace(settings, redis_url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0"))
        before = time.monotonic()
        queue.ring(JOB)
        assert time.monotonic() - before < 1


def test_a_second_signal_does_not_tear_a_worker_apart(database: None, valkey: redis.Redis) -> None:
    with working() as process:
        claim_slot()
        queue.ring(JOB)
        assert eventually(has_run)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)


def test_without_its_doorbell_a_worker_sweeps_by_itself(settings: Settings, database: None) -> None:
    config.use(replace(settings, redis_url="unix:///tmp/there-is-no-such-socket"))
    claim_slot()
    with working():
        assert eventually(has_run)


def test_when_the_doorbell_goes_away_a_worker_sweeps_until_it_is_back(
    settings: Settings, database: None, tmp_path: Path
) -> None:
    servers = Servers(replace(settings, data_dir=tmp_path, redis_url=None))
    assert servers.valkey
    servers.valkey.start()
    config.use(servers.settings)
    try:
        with working():
            claim_slot()
            queue.ring(JOB)
            assert eventually(has_run)
            servers.valkey.stop()
            claim_slot()
            assert eventually(has_run)
            servers.valkey.start()
            claim_slot()
            assert eventually(lambda: queue.ring(JOB) or has_run())
    finally:
        servers.stop()
        embedded.discard(tmp_path)


def test_rings_that_nobody_answers_do_not_pile_up(
    valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_MOST_RINGS", 3)
    for _ in range(9):
        queue.ring(JOB)
        valkey.delete(f"regulars:bell:{JOB}")
    assert queue.depth() == 3
