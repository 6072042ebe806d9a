"""A place to measure in: databases of its own in a folder that goes afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from crm import config, db, embedded, logs, migrate, queue
from crm.config import Settings

# Of the caller's settings only this one counts.
_KEPT = ("CRM_WEB_WORKERS", "CRM_WEB_WORKERS_FILE")


@contextmanager
def stage() -> Iterator[psutil.Process]:
    """Bring up empty, durable services for the block as this process' own; gives PostgreSQL's."""
    before = dict(os.environ)
    kept = {name: before[name] for name in _KEPT if name in before}
    home = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    try:
        _surround({**kept, "CRM_DATA_DIR": str(home)})
        with _services(config.settings()) as postgres:
            yield postgres
    finally:
        _surround(before)
        embedded.discard(home)
        shutil.rmtree(home)


def _surround(environment: Mapping[str, str]) -> None:
    """Make these the only settings of this process and its children."""
    for name in [name for name in os.environ if name.startswith("CRM_")]:
        del os.environ[name]
    os.environ.update(environment)
    config.settings.cache_clear()


@contextmanager
def _services(settings: Settings) -> Iterator[psutil.Process]:
    servers = embedded.Servers(settings)
    with ExitStack() as stack:
        log = stack.enter_context((settings.data_dir / "services.log").open("ab"))
        stack.callback(servers.stop)
        for server in servers.all:
            server.start(log)
        _forget_connections()
        config.use(servers.settings)
        logs.configure(servers.settings, "bench")
        stack.callback(_forget_connections)
        migrate.upgrade()
        assert servers.postgres
        assert servers.postgres.process
        yield psutil.Process(servers.postgres.process.pid)


def cpu_seconds(process: psutil.Process) -> float:
    """Tell the processor time that a process and its children have used so far."""
    used = 0.0
    for one in (process, *process.children(recursive=True)):
        times = one.cpu_times()
        used += float(times.user) + float(times.system)
    return used


def _forget_connections() -> None:
    db.dispose()
    queue.forget_connection()
