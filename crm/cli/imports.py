"""`crm import`: a file of buyers, orders, reviews or suppressions into a store's books."""

import getpass
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from crm import clock, db
from crm.cli.shell import answer, connected, json_option
from crm.errors import Rejected
from crm.imports.files import running, runs
from crm.imports.files.fields import KINDS
from crm.imports.files.models import CHECKED, DONE, FileImport
from crm.imports.files.refusals import path_beside
from crm.stores.models import Store
from crm.stores.queries import get_store
from crm.stores.zones import zone

_COUNTS = ("rows", "new", "changed", "known", "refused")


@click.command(name="import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--store", "slug", required=True, help="The store's slug.")
@click.option("--dry-run", is_flag=True, help="Only tell what would come of it.")
@click.option("--map", "pairs", multiple=True, metavar="THEIRS=OURS", help="Match a column.")
@click.option("--encoding", help="Instead of the guess: utf-8, gb18030, big5, cp1252, latin-1.")
@click.option("--as-of", metavar="DATE", help="When the file was written, such as 2026-01-31.")
@click.option("--consent-source", help="Where the column of consent is from, such as a shop.")
@click.option("--consent-proof", help="How it can be proved; with it that column grants e-mail.")
@json_option
@connected
def import_(kind: str, file: Path, slug: str, **options: Any) -> None:
    """Take a CSV or JSON Lines file into the books: facts only, nobody is written to.

    Run again after an interruption, it goes on where it stopped; the same file twice changes
    nothing. Rows that cannot be taken are written to a file beside the input.
    """
    with db.session() as session:
        store = get_store(session, slug)
        run = runs.open_file(session, store.id, _brought(kind, file, store, options), clock.now())
        resumed_at = 0 if options["dry_run"] or run.is_check else run.rows
        runs.start(run, check=options["dry_run"], now=clock.now())
        session.flush()
    ended = _follow(run, file, quiet=options["as_json"])
    figures = _figures(ended, file, resumed_at)
    answer(figures, options["as_json"], _words(figures))
    if ended.state not in (DONE, CHECKED):
        raise Rejected(ended.error or "The import was taken over or stopped elsewhere.")
    if ended.refused:
        raise SystemExit(1)


def _brought(kind: str, file: Path, store: Store, options: dict[str, Any]) -> runs.Brought:
    source, proof = options["consent_source"], options["consent_proof"]
    if bool(source) != bool(proof):
        raise Rejected("A consent needs both --consent-source and --consent-proof.")
    return runs.Brought(
        kind=kind,
        path=file.resolve(),
        name=file.name,
        actor=f"cli:{getpass.getuser()}",
        encoding=options["encoding"],
        columns=_columns(options["pairs"]),
        as_of=_instant(options["as_of"], store),
        consent={"source": source, "proof": proof} if source else None,
    )


def _columns(pairs: tuple[str, ...]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        theirs, sign, ours = pair.rpartition("=")
        if not sign:
            raise Rejected("A match reads THEIRS=OURS, such as Mail=email.", {"map": pair})
        columns[theirs.strip()] = ours.strip()
    return columns


def _instant(text: str | None, store: Store) -> datetime | None:
    if text is None:
        return None
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        said = {"as-of": "must be a date such as 2026-01-31"}
        raise Rejected("The file cannot be read like this.", said) from None
    return day if day.tzinfo else day.replace(tzinfo=zone(store))


def _follow(run: FileImport, file: Path, *, quiet: bool) -> FileImport:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )
    with bar if not quiet else nullcontext():
        task = bar.add_task(run.kind, total=run.size, completed=run.place)

        def shown(now: FileImport) -> None:
            bar.update(task, completed=now.place, description=f"{now.kind} {now.rows:,}")

        ended = running.read_whole(run.id, file.resolve(), clock.now(), shown)
    if ended is None:
        raise Rejected("The import was stopped elsewhere.")
    return ended


def _figures(run: FileImport, file: Path, resumed_at: int) -> dict[str, Any]:
    beside = path_beside(file)
    return {
        "kind": run.kind,
        "dry_run": run.is_check,
        "state": run.state,
        **{name: getattr(run, name) for name in _COUNTS},
        "resumed_at_row": resumed_at,
        "encoding": run.encoding,
        "encoding_is_sure": run.is_sure,
        "delimiter": run.delimiter or None,
        "columns": run.columns,
        "unused": [name for name in run.heading if not run.columns.get(name)],
        "reasons": run.reasons,
        "refused_file": str(beside) if run.refused and not run.is_check else None,
    }


def _words(figures: dict[str, Any]) -> str:
    sure = "" if figures["encoding_is_sure"] else " (a guess; --encoding overrules it)"
    lines = [
        f"{'Would be: ' if figures['dry_run'] else ''}{figures['new']} new,"
        f" {figures['changed']} changed, {figures['known']} already known,"
        f" {figures['refused']} refused of {figures['rows']} rows.",
        f"Encoding {figures['encoding']}{sure}.",
        *(f"  {theirs} = {ours}" for theirs, ours in figures["columns"].items()),
    ]
    if figures["unused"]:
        lines.append("Not used: " + ", ".join(figures["unused"]))
    lines += [f"  row {one['row']}: {one['reason']}" for one in figures["reasons"]]
    if figures["refused_file"]:
        lines.append(f"Refused rows: {figures['refused_file']}")
    return "\n".join(lines)
