"""A place to measure in: databases of its own in a folder that goes afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from crm import config, db, embedded, migrate, queue
from crm.config import Settings


@contextmanager
def stage() -> Iterator[psutil.Process]:
    """Bring up empty, durable services for the block as this process' own; gives PostgreSQL's."""
    workers = str(config.settings().web_workers)
    before = dict(os.environ)
    home = Path(tempfile.mkdtemp(prefix="regulars-bench-"))
    try:
        given = {"CRM_DATA_DIR": str(home), "CRM_WEB_WORKERS": workers}
        with _services(config.load(given)) as postgres:
            yield postgres
    finally:
        os.environ.clear()
        os.environ.update(before)
        config.settings.cache_clear()
        embedded.discard(home)
        shutil.rmtree(home)


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
        stack.callback(_forget_connections)
        migrate.upgrade()
        assert servers.postgres
        assert servers.postgres.process
        yield psutil.Process(servers.postgres.process.pid)


def cpu_seconds(process: psutil.Process) -> float:
    """Tell the processor time that a process and its children have used so far."""
    family = [process, *process.children(recursive=True)]
    return sum(used.user + used.system for used in map(_cpu_times, family))


def _cpu_times(process: psutil.Process) -> Any:
    return process.cpu_times()


def _forget_connections() -> None:
    db.dispose()
    queue.forget_connection()
