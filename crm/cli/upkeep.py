"""`crm migrate`, `crm tick` and `crm doctor`."""

import click

from crm import failpoints
from crm.cli.checkup import Finding, examine
from crm.cli.shell import answer, connected, json_option
from crm.errors import Unavailable


@click.command()
@json_option
@connected
def migrate(as_json: bool) -> None:
    """Bring the database to the newest shape; one that was copied is put on hold."""
    from crm import clock, db, instance
    from crm import migrate as migrations

    name = migrations.upgrade()
    with db.session() as session:
        if not instance.recognise(session, clock.now()):
            click.echo("crm: the database was restored or copied: promotions on hold", err=True)
    answer({"head": name}, as_json, f"the database is at {name}")


@click.command()
@json_option
@connected
def tick(as_json: bool) -> None:
    """Run one pass of every periodic job, then go on until nothing is due."""
    from crm import schedule

    done = schedule.tick()
    answer({"units": done}, as_json, f"{done} units of work done, nothing is due")


@click.command()
@json_option
@click.option("--failpoints", "points", is_flag=True, help="List the points of CRM_FAILPOINTS.")
def doctor(as_json: bool, points: bool) -> None:
    """Look for anything wrong; exit code 1 if there is."""
    if points:
        answer(failpoints.POINTS, as_json, _in_columns(failpoints.POINTS))
    else:
        _examine(as_json)


def _examine(as_json: bool) -> None:
    findings = _findings()
    wrong = [finding for finding in findings if not finding.fine]
    answer(
        {"ok": not wrong, "checks": [finding.as_json() for finding in findings]},
        as_json,
        "\n".join(finding.as_text() for finding in findings),
    )
    if wrong:
        raise SystemExit(1)


def _findings() -> list[Finding]:
    try:
        return connected(examine)()
    except Unavailable as fault:
        return [Finding("database", False, str(fault))]


def _in_columns(rows: dict[str, str]) -> str:
    return "\n".join(f"{name:<20} {text}" for name, text in rows.items())
