"""What every command shares: the services behind it, and how it answers."""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

import click

from crm import config

P = ParamSpec("P")
T = TypeVar("T")

json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


def connected(command: Callable[P, T]) -> Callable[P, T]:
    """Let a command run with the database and the doorbell at hand.

    Below `@click.command()` and its options. Services that already run on the data dir are used;
    else they are started for the command, and an embedded database is brought to its shape.
    A given database that does not answer is Unavailable.
    """

    @functools.wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> T:
        from crm.embedded import reach

        if url := config.settings().database_url:
            reach.reach_database(url)
        with connection():
            return command(*arguments, **options)

    return run


@contextmanager
def connection(process: str = "command") -> Iterator[None]:
    """Hold the services at hand inside the block; `process` is its name in the log."""
    # Late, so that `crm up` itself stays small: it holds no database connection.
    from crm import db, embedded, logs, migrate

    given = config.settings()
    logs.configure(given, process)
    with embedded.services(given) as settings:
        config.use(settings)
        try:
            if given.database_url is None and not migrate.is_current():
                migrate.upgrade()
            yield
        finally:
            db.dispose()
            config.use(given)


def answer(value: Any, as_json: bool, text: str = "") -> None:
    """Print a command's result: `value` as JSON, or else the text for people."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False, default=_written))
    elif text:
        click.echo(text)


def _written(value: Any) -> str | None:
    # Late, as with `db` above.
    from crm.exports import wording

    return wording.moment(value) if isinstance(value, datetime) else str(value)
