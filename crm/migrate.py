"""Brings a database to the newest shape, one process at a time."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from crm import db

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 7_146_208  # any constant of ours: the key of PostgreSQL's advisory lock


def upgrade() -> str:
    """Run every pending migration under a lock; gives the name of the last."""
    from alembic import command

    with db.engine().connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        try:
            command.upgrade(_config(connection), "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()
    return newest()


def newest() -> str:
    """Name the last migration there is, as the file HEAD says."""
    return (folder() / "HEAD").read_text(encoding="ascii").strip()


def present() -> str | None:
    """Name the last migration the database has had; None when it is empty."""
    with db.engine().connect() as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return None
        name = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if name is None else str(name)


def is_current() -> bool:
    """Tell whether the database has the newest shape."""
    return present() == newest()


def pending() -> list[str]:
    """List the migrations that the database still lacks, oldest first."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(folder()))
    found = scripts.iterate_revisions("head", present() or "base")
    return [script.revision for script in reversed(list(found))]


def folder() -> Path:
    """Find the migrations: a package beside ours once installed, a folder in a checkout."""
    spec = find_spec("crm_migrations")
    if spec is not None and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0])
    return Path(__file__).parent.parent / "migrations"


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder()))
    config.attributes["connection"] = connection
    return config
