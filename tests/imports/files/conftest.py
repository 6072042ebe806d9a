"""A store, and a command that brings files to it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from crm import db
from crm.cli import main
from tests.factories import make_store


@pytest.fixture
def shop(database: None) -> str:
    """The slug of a tea shop in Berlin."""
    with db.session() as session:
        return make_store(session, slug="tea-house").slug


@pytest.fixture
def bring(shop: str, tmp_path: Path) -> Callable[..., Result]:
    """Import a text or bytes: `bring("buyers", "email\\na@b.de\\n", "--dry-run")`."""

    def run(kind: str, content: str | bytes, *words: str, name: str = "list.csv") -> Result:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return CliRunner().invoke(main, ["import", kind, str(path), "--store", shop, *words])

    return run


@pytest.fixture
def figures(bring: Callable[..., Result]) -> Callable[..., Any]:
    """Import and give the figures the command answers with."""

    def run(kind: str, content: str | bytes, *words: str, name: str = "list.csv") -> Any:
        done = bring(kind, content, "--json", *words, name=name)
        assert done.stdout, done.output
        return {**json.loads(done.stdout), "exit": done.exit_code}

    return run


@pytest.fixture
def state(shop: str) -> Callable[[], list[dict[str, Any]]]:
    """Everything the store's books hold, without what differs by chance."""

    def read() -> list[dict[str, Any]]:
        done = CliRunner().invoke(main, ["export", "state", "--store", shop])
        return [json.loads(line) for line in done.stdout.split("\n") if line]

    return read
