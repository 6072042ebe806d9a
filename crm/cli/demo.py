"""`crm demo`: the whole product with a sample shop whose past is played through in front of it."""

import os
import socket
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
import requests
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from crm import clock, config, supervisor
from crm.cli.shell import answer, json_option
from crm.config import Settings
from crm.demo.play import LOGIN, MONTH, YEAR, Playbill, Stage, find_playbill, new_playbill
from crm.demo.product import ProductRefused, run_command, wait_for
from crm.errors import Rejected
from crm.supervisor import Supervisor
from crm.supervisor.child import Child

_SWEEP_SECONDS = 0.25
# A worker that dies in the past must not hold its work for a real minute.
_LEASE_SECONDS = 4


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), help="Port of the web server.")
@click.option("--data", type=click.Path(path_type=Path), help="Data dir, else CRM_DATA_DIR.")
@click.option("--fast", is_flag=True, help="A month instead of a year.")
@click.option("--size", type=(int, int), hidden=True, help="Days and buyers of each shop.")
@json_option
def demo(
    port: int | None, data: Path | None, size: tuple[int, int] | None, *, fast: bool, as_json: bool
) -> None:
    """Show the product at work on a sample tea shop; prints `ready URL` and stays up."""
    settings = _settings(port, data)
    config.use(settings)
    bill = find_playbill(settings.data_dir)
    if bill is None:
        chosen = size or (MONTH if fast else YEAR)
        bill = new_playbill(settings.data_dir, _free_port(), chosen, clock.real_now())
    if not bill.finished:
        _play(settings, bill)
        if not bill.finished:  # told to stop; the next start goes on from here
            return
    raise SystemExit(
        supervisor.run(settings, lambda up: _show(up, bill, as_json), _neighbours(settings, bill))
    )


def _settings(port: int | None, data: Path | None) -> Settings:
    """Read the settings; the demonstration stays on loopback and keeps its mail."""
    environment = dict(os.environ)
    for name in ("CRM_SMTP_URL", "CRM_PUBLIC_URL", "CRM_CLOCK_FILE", "CRM_FAILPOINTS"):
        environment.pop(name, None)
        environment.pop(f"{name}_FILE", None)
    usual = environment.get("CRM_BIND", "").rpartition(":")[2] or "8000"
    environment["CRM_BIND"] = f"127.0.0.1:{port or usual}"
    environment |= {"CRM_TEST": "1", "CRM_ALLOW_PRIVATE_STORES": "1"}
    if data is not None:
        environment["CRM_DATA_DIR"] = str(data)
    return config.load(environment)


def _play(settings: Settings, bill: Playbill) -> None:
    """Bring the product up in the past and let time run until now."""
    place = settings.data_dir / "demo.clock"
    place.write_text(bill.until or _eve(bill), encoding="ascii")
    playing = replace(
        settings, clock_file=place, sweep_seconds=_SWEEP_SECONDS, lease_seconds=_LEASE_SECONDS
    )
    config.use(playing)
    stage = Stage(bill, place, f"http://{playing.bind}")
    neighbours = _neighbours(playing, bill)
    code = supervisor.run(playing, lambda running: _act(running, bill, stage), neighbours)
    config.use(settings)
    place.unlink()
    if code:
        raise SystemExit(code)


def _act(running: Supervisor, bill: Playbill, stage: Stage) -> None:
    try:
        _act_out(running, bill, stage)
    except (requests.RequestException, ProductRefused, TimeoutError):
        if not running.stopping:  # else the product went home first
            raise
    running.request_stop()


def _act_out(running: Supervisor, bill: Playbill, stage: Stage) -> None:
    if not bill.running:
        _refuse_real_shop(running.settings.data_dir)
    stage.prepare()
    with _progress() as progress:
        task = progress.add_task("A tea shop lives through its past", total=None)
        stage.play(
            lambda: running.stopping,
            lambda done, of: progress.update(task, completed=done, total=of),
        )


def _show(running: Supervisor, bill: Playbill, as_json: bool) -> None:
    wait_for(bill.storefront)
    found = {"url": running.url, "login": LOGIN, "password": bill.password}
    answer(found, as_json, f"login {LOGIN}  password {bill.password}")
    click.echo(f"ready {running.url}")
    sys.stdout.flush()


def _neighbours(settings: Settings, bill: Playbill) -> list[Child]:
    """Give the sample storefront, which is there before the product asks it anything."""
    program = [sys.executable, "-m", "crm.demo.storefront", "--port", str(bill.port)]
    return [Child("shop", [*program, "--home", str(settings.data_dir)], restart=True)]


def _refuse_real_shop(home: Path) -> None:
    if run_command("store", "list"):
        raise Rejected(f"{home} holds a real shop; choose another data dir with --data")


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))


def _eve(bill: Playbill) -> str:
    return (bill.span.begin_at - timedelta(hours=1)).isoformat()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
