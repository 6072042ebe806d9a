"""Real PostgreSQL, real Valkey and real sockets for every test, one set for each test process."""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from crm import config, db, embedded, migrate, schedule
from crm.config import Settings
from crm.tables import metadata
from tests.fakes.ports import free_port
from tests.fakes.smtp import MailServer

# Business time at the start of every test; `at` moves it.
START = "2026-11-21T09:00:00Z"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files that take longest."""
    items.sort(key=lambda item: item.get_closest_marker("early") is None)


@pytest.fixture(scope="session")
def _home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="crm-", dir="/tmp"))
    yield home
    embedded.discard(home)
    shutil.rmtree(home)


@pytest.fixture(scope="session", autouse=True)
def _environment(_home: Path) -> Iterator[None]:
    """Give this process and its children the settings of tests, and nothing of the caller's."""
    before = {name: value for name, value in os.environ.items() if name.startswith("CRM_")}
    for name in before:
        del os.environ[name]
    (_home / "clock").write_text(START)
    os.environ |= {
        "CRM_TEST": "1",
        "CRM_DATA_DIR": str(_home),
        "CRM_BIND": f"127.0.0.1:{free_port()}",
        "CRM_CLOCK_FILE": str(_home / "clock"),
        "CRM_SWEEP_SECONDS": "0.2",
        "CRM_LEASE_SECONDS": "2",
        "CRM_SMTP_TIMEOUT_SECONDS": "5",
        "CRM_ALLOW_PRIVATE_STORES": "1",
    }
    config.settings.cache_clear()
    yield
    for name in [name for name in os.environ if name.startswith("CRM_")]:
        del os.environ[name]
    os.environ.update(before)
    config.settings.cache_clear()


@pytest.fixture(scope="session")
def _servers(_environment: None) -> Iterator[Settings]:
    servers = embedded.Servers(config.settings(), durable=False)
    with ExitStack() as stack:
        log = stack.enter_context((config.settings().data_dir / "services.log").open("ab"))
        stack.callback(servers.stop)
        for server in servers.all:
            server.start(log)
        config.use(servers.settings)
        migrate.upgrade()
        yield config.settings()
        db.dispose()


@pytest.fixture
def settings(_servers: Settings) -> Iterator[Settings]:
    """The settings in use, also in the environment; what a test changes is put back."""
    before = dict(os.environ)
    yield config.settings()
    os.environ.clear()
    os.environ.update(before)
    config.settings.cache_clear()


@pytest.fixture(autouse=True)
def _clock(_home: Path) -> None:
    (_home / "clock").write_text(START)


@pytest.fixture
def at(_home: Path) -> Callable[[str], None]:
    """Set business time: `at("2026-11-21T09:00:00Z")`."""

    def set_clock(moment: str) -> None:
        draft = _home / "clock.new"
        draft.write_text(moment)
        draft.rename(_home / "clock")

    return set_clock


@pytest.fixture
def database(settings: Settings) -> None:
    """An empty database of the newest shape."""
    with db.engine().begin() as connection:
        used = [name for (name,) in connection.execute(text(_USED_TABLES))]
        if used:
            connection.execute(text(f"TRUNCATE {', '.join(used)} RESTART IDENTITY CASCADE"))


@pytest.fixture
def session(database: None) -> Iterator[Session]:
    """One open transaction on an empty database."""
    with db.session() as opened:
        yield opened


@pytest.fixture
def valkey(settings: Settings) -> Iterator[redis.Redis]:
    """An empty Valkey."""
    assert settings.redis_url
    with redis.Redis.from_url(settings.redis_url) as connection:
        connection.flushall()
        yield connection


@pytest.fixture(scope="session")
def app(_servers: Settings) -> Flask:
    """The web application."""
    from crm.app import create_app

    return create_app()


@pytest.fixture
def client(app: Flask, database: None, valkey: redis.Redis) -> FlaskClient:
    """A browser without a network."""
    return app.test_client()


@pytest.fixture
def serve(app: Flask, settings: Settings, database: None, valkey: redis.Redis) -> Iterator[str]:
    """The web application on a real loopback port; gives its base URL."""
    host, _, port = settings.bind.partition(":")
    server = make_server(host, int(port), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://{settings.bind}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def smtp(settings: Settings) -> Iterator[MailServer]:
    """A mail server on loopback that the product sends to: `.messages`, `.script`."""
    with MailServer() as server:
        config.use(replace(config.settings(), smtp_url=server.url))
        yield server


@pytest.fixture
def tick(database: None, valkey: redis.Redis) -> Callable[[], int]:
    """Run every periodic job until nothing is due."""
    return schedule.tick


_USED_TABLES = " UNION ALL ".join(
    f"SELECT '{table.name}' WHERE EXISTS (SELECT FROM {table.name})"
    for table in metadata.sorted_tables
)
