"""`crm up`, and each of its parts alone for many machines: web, worker, scheduler."""

import os
import signal
import threading

import click

from crm import config
from crm.cli.shell import connection, json_option


@click.command()
@json_option
def up(as_json: bool) -> None:
    """Run the whole product in the foreground; prints `ready URL` once it serves."""
    from crm import supervisor

    _log_as(as_json)
    raise SystemExit(supervisor.run(config.settings()))


@click.command()
@json_option
def web(as_json: bool) -> None:
    """Run the web server."""
    from crm.cli.server import serve

    _log_as(as_json)
    with connection("web"):
        serve()


@click.command()
@json_option
@click.option(
    "--processes", default=1, type=click.IntRange(1, 64), help="How many; 1 unless given."
)
def worker(as_json: bool, processes: int) -> None:
    """Run workers, which answer the doorbell."""
    from crm import queue, schedule
    from crm.cli import pool

    _log_as(as_json)
    queue.load(task.job for task in schedule.SCHEDULE)
    with connection("worker"):
        pool.share_memory()
        raise SystemExit(pool.run(processes, lambda: queue.work(schedule.sweep)))


@click.command()
@json_option
def scheduler(as_json: bool) -> None:
    """Run the scheduler, which rings for every job that is due; several may run."""
    from crm import schedule

    _log_as(as_json)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
    with connection("scheduler"):
        schedule.run(stop)


def _log_as(as_json: bool) -> None:
    """A process has no answer but its log, so `--json` is about that."""
    if as_json:
        os.environ["CRM_LOG_FORMAT"] = "json"
        config.settings.cache_clear()
