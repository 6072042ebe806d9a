"""Migrations: numbered in a row, HEAD names the last, and together they make the models."""

import re
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from crm import config, db, migrate
from crm.config import Settings
from crm.tables import metadata


@pytest.fixture
def empty(settings: Settings) -> Iterator[Settings]:
    """Settings whose database has nothing in it."""
    assert settings.database_url
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty")
        db.dispose()
        config.use(
            replace(settings, database_url=settings.database_url.replace("/regulars?", "/empty?"))
        )
        yield config.settings()
        db.dispose()
        connection.execute("DROP DATABASE empty WITH (FORCE)")


def names() -> list[str]:
    return sorted(path.stem for path in (migrate.folder() / "versions").glob("[!_]*.py"))


def test_migrations_are_numbered_in_a_row() -> None:
    numbers = [int(re.match(r"(\d{4})_[a-z_0-9]+$", name)[1]) for name in names()]  # type: ignore[index]
    assert numbers == list(range(1, len(numbers) + 1))


def test_each_migration_follows_the_one_before() -> None:
    scripts = ScriptDirectory(str(migrate.folder()))
    chain = [script.revision for script in reversed(list(scripts.walk_revisions()))]
    assert chain == names()


def test_head_names_the_last_migration() -> None:
    assert migrate.newest() == names()[-1]


def test_an_empty_database_gets_the_shape_of_the_models(empty: Settings) -> None:
    assert migrate.present() is None
    assert migrate.pending() == names()
    assert migrate.upgrade() == names()[-1]
    assert migrate.is_current()
    assert migrate.pending() == []
    with db.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_to_migrate_twice_is_to_migrate_once(settings: Settings) -> None:
    assert migrate.upgrade() == migrate.upgrade() == names()[-1]
