"""Reading a storefront: its past, what was missed, and how its webhooks stand."""

import time
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from crm import clock, db
from crm.cli.shell import answer, connected, json_option
from crm.errors import Rejected, Unavailable
from crm.imports import backfill as past
from crm.imports import hooks as watched
from crm.imports import reading
from crm.imports import reconcile as checks
from crm.imports.models import Purpose
from crm.imports.queries import FeedProgress, progress
from crm.stores.models import Store
from crm.stores.queries import get_store
from crm.stores.zones import zone

_LINE = "{feed:<10} {seen} read{news}, {refused} refused{missed}"
_HOOK = "{state:<4} {topic:<28} {address}"
_PAUSE_SECONDS = 0.2


@click.command()
@click.argument("slug")
@click.option("--since", metavar="DATE", help="Only what changed since, such as 2026-01-31.")
@click.option("--stop", is_flag=True, help="Stop the one that is open where it is.")
@json_option
@connected
def backfill(slug: str, since: str | None, stop: bool, as_json: bool) -> None:
    """Read a store's past: facts only, nothing is sent; run again, it goes on where it stopped."""
    with db.session() as session:
        store = get_store(session, slug)
        if stop:
            number = past.stop(session, store, clock.now())
            answer({"stopped": number}, as_json, f"{number} unfinished lists are left as they are.")
            return
        past.begin(session, store, _instant(since, store), clock.now())
    _report(_follow(store.id, "backfill", as_json), as_json)


@click.command()
@click.argument("slug")
@json_option
@connected
def reconcile(slug: str, as_json: bool) -> None:
    """Look now for what changed in a storefront and was not brought by a webhook."""
    with db.session() as session:
        store = get_store(session, slug)
        checks.begin(session, store, clock.now())
    _report(_follow(store.id, "reconcile", as_json), as_json)


@click.command()
@click.argument("slug")
@click.option("--arm", is_flag=True, help="Register what is missing, switch on what is off.")
@json_option
@connected
def hooks(slug: str, arm: bool, as_json: bool) -> None:
    """Show how a store's webhooks stand in its storefront; --arm sets them up."""
    with db.session() as session:
        store_id = get_store(session, slug).id
    found = (watched.arm if arm else watched.look)(store_id, clock.now())
    rows = [asdict(hook) for hook in found]
    lines = [_HOOK.format(state="on" if row["active"] else "OFF", **row) for row in rows]
    answer(rows, as_json, "\n".join(lines) or "None is registered; --arm sets them up.")


def _instant(since: str | None, store: Store) -> datetime | None:
    if since is None:
        return None
    try:
        day = datetime.fromisoformat(since)
    except ValueError:
        said = {"since": "must be a date such as 2026-01-31"}
        raise Rejected("The past cannot be read.", said) from None
    return day if day.tzinfo else day.replace(tzinfo=zone(store))


def _follow(store_id: int, purpose: Purpose, as_json: bool) -> list[FeedProgress]:
    """Read on here, beside the workers, until every list is read; shows how far it is."""
    bars = Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=as_json,
    )
    tasks: dict[str, Any] = {}
    with bars if not as_json else nullcontext():
        while True:
            taken = reading.read_on(clock.now(), store_id, most_pages=1)
            with db.session() as session:
                found = progress(session, store_id, purpose)
            _draw(bars, tasks, found)
            waiting = [one for one in found if one.finished_at is None]
            if not waiting:
                return found
            if broken := next((one for one in waiting if one.error), None):
                raise Unavailable(f"{broken.feed}: {broken.error} Run it again, and it goes on.")
            if not taken:
                time.sleep(_PAUSE_SECONDS)


def _draw(bars: Progress, tasks: dict[str, Any], found: list[FeedProgress]) -> None:
    for one in found:
        name = f"{one.platform}/{one.feed}"
        if name not in tasks:
            tasks[name] = bars.add_task(one.feed, total=None)
        total = one.seen if one.finished_at else one.total
        bars.update(tasks[name], completed=one.seen, total=max(total or 0, one.seen) or None)


def _report(found: list[FeedProgress], as_json: bool) -> None:
    rows = [asdict(one) for one in found]
    lines = [
        _LINE.format(
            **row
            | {
                "news": "" if row["feed"] == "customers" else f", {row['changed']} new to us",
                "missed": f", {row['missed']} had no webhook" if row["missed"] else "",
            }
        )
        for row in rows
    ]
    answer(rows, as_json, "\n".join(lines))
