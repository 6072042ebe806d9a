"""The doorbell: RQ over Redis or Valkey tells workers to look; what to do stands in PostgreSQL."""

import importlib
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from crm import clock, config, db, timetable
from crm.config.parsing import for_redis_client

_NAME = "regulars"
_JOB = re.compile(r"crm(\.[a-z_]+)+\.jobs\.[a-z][a-z_]*")
# A ring is forgotten by the worker when it starts the job; should the worker die in between,
# the next sweep after this many seconds rings again.
_RING_SECONDS = 5
_PATIENCE_SECONDS = 0.2
_JOB_SECONDS = 900
_WORKER_SECONDS = 20
# Of many rings within this time the first is given at once and one more at the end.
_SOON_SECONDS = 0.05
# While no worker answers, more rings than this say nothing new.
_MOST_RINGS = 200
_log = structlog.get_logger(__name__)
_soon = threading.Lock()
_rung: dict[str, float] = {}
_owed: dict[str, threading.Timer] = {}


def ring(job: str) -> None:
    """Ask a worker to run a job soon; call it after the commit. Trouble is logged, never raised."""
    _check_name(job)
    try:
        is_first = _caller().set(_bell(job), 1, nx=True, ex=_RING_SECONDS)
        if is_first and depth() < _MOST_RINGS:
            _queue(_caller()).enqueue(
                perform,
                job,
                job_timeout=_JOB_SECONDS,
                result_ttl=0,
                failure_ttl=3600,
                description=job,
            )
    except redis.RedisError as fault:
        _log.warning("doorbell is out of order", job=job, fault=type(fault).__name__)


def ring_soon(job: str) -> None:
    """Ring within 50 ms: at once, or for many callers together; each has a ring after its call."""
    with _soon:
        if job in _owed:
            return
        wait = _rung.get(job, 0.0) + _SOON_SECONDS - time.monotonic()
        if wait > 0:
            _owed[job] = threading.Timer(wait, _ring_owed, [job])
            _owed[job].daemon = True
            _owed[job].start()
            return
        _rung[job] = time.monotonic()
    ring(job)


def perform(job: str) -> int:
    """Run a job here and note its turn; gives the units of work done."""
    done = int(_function(job)())
    with db.session() as session:
        timetable.record_run(session, job, clock.real_now())
    return done


def load(jobs: Iterable[str]) -> None:
    """Import jobs ahead of their first ring."""
    for job in jobs:
        _function(job)


def work(sweep: Callable[[], object]) -> int:
    """Answer the doorbell until SIGTERM or SIGINT; gives 0, or 1 when it broke down.

    While the doorbell's server is away, `sweep` is called again and again instead.
    """
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda given, _: asked.append(given))
    with _connect(socket_timeout=_WORKER_SECONDS) as connection:
        while not asked:
            if _answers(connection):
                return _answer_rings(connection, sweep)
            sweep()
            time.sleep(_PATIENCE_SECONDS)
    return 0


def ping() -> None:
    """Reach the doorbell's server. Raises redis.RedisError."""
    _caller().ping()


def depth() -> int:
    """Count the rings nobody has answered yet. Raises redis.RedisError."""
    return int(_queue(_caller()).count)


def forget_connection() -> None:
    """Connect anew at the next ring; for a process whose settings changed or that was forked."""
    _caller.cache_clear()


def _ring_owed(job: str) -> None:
    with _soon:
        _owed.pop(job, None)
        _rung[job] = time.monotonic()
    ring(job)


class JobFailed(Exception):
    """A job met a fault of this kind; the log says what."""


class _Errand(Job):
    """A queued ring: the one function it may call is `perform`, whatever Redis says."""

    @property
    def func(self) -> Any:
        if self.func_name != f"{perform.__module__}.{perform.__name__}" or self.instance:
            raise PermissionError(f"refused a foreign job: {self.func_name}")
        return perform

    def perform(self) -> Any:
        job = str(self.args[0])
        if self.connection is not None:
            self.connection.delete(_bell(job))
        try:
            done = super().perform()
        except Exception as fault:  # noqa: BLE001 - it is raised again, without its words
            # The doorbell keeps what it is told of a fault, and its words may quote a row.
            _log.exception("job failed", job=job)
            raise JobFailed(type(fault).__name__) from None
        if done:
            ring(job)  # more may be due; others get their turn in between
        return done


def _answer_rings(connection: "redis.Redis", sweep: Callable[[], object]) -> int:
    worker = _Worker(
        [_queue(connection)],
        connection=connection,
        job_class=_Errand,
        serializer=JSONSerializer,
        worker_ttl=_WORKER_SECONDS,
        log_job_description=False,
    )
    worker.sweep = sweep
    worker.work(logging_level="WARNING")
    return 0 if worker.was_asked_to_stop else 1


def _answers(connection: "redis.Redis") -> bool:
    try:
        return bool(connection.ping())
    except redis.RedisError:
        return False


class _Worker(SimpleWorker):
    max_connection_wait_time = 2.0  # a doorbell that comes back is heard soon
    was_asked_to_stop = False
    is_sweeping = False
    sweep: Callable[[], object]

    def heartbeat(self, *arguments: Any, **options: Any) -> None:
        """Tell that we live; with nobody there to be told, sweep before the next try."""
        try:
            super().heartbeat(*arguments, **options)
        except (redis.ConnectionError, redis.TimeoutError):
            self.is_sweeping = True
            self.sweep()
            self.is_sweeping = False
            if self.was_asked_to_stop:
                raise StopRequested from None
            raise

    def request_stop(self, signum: Any, frame: Any) -> None:
        """Finish the job at hand, then stop."""
        self.was_asked_to_stop = True
        if not self.is_sweeping:
            super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def request_force_stop(self, signum: Any, frame: Any) -> None:
        """Go on finishing the job at hand: a second signal must not tear it apart."""


@cache
def _function(job: str) -> Any:
    """Find a job's function: one that is defined in a `jobs` module of ours."""
    _check_name(job)
    module, _, name = job.rpartition(".")
    found = getattr(importlib.import_module(module), name, None)
    if getattr(found, "__module__", None) != module:
        raise PermissionError(f"{job!r} is not defined there")
    return found


def _check_name(job: str) -> None:
    if not _JOB.fullmatch(job):
        raise PermissionError(f"{job!r} does not name a job")


@cache
def _caller() -> "redis.Redis":
    return _connect(socket_timeout=_PATIENCE_SECONDS)


def _connect(socket_timeout: float) -> "redis.Redis":
    url = config.settings().redis_url
    assert url is not None, "no doorbell: run inside `crm.embedded.services`"
    return redis.Redis.from_url(
        for_redis_client(url),
        socket_timeout=socket_timeout,
        socket_connect_timeout=_PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


def _queue(connection: "redis.Redis") -> Queue:
    return Queue(_NAME, connection=connection, serializer=JSONSerializer, job_class=_Errand)


def _bell(job: str) -> str:
    return f"{_NAME}:bell:{job}"
