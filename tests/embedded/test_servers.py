"""The embedded servers: they come up whatever the last owner left behind."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from crm import config, embedded
from crm.config import Settings
from crm.embedded import Servers
from crm.embedded.places import find_places

pytestmark = pytest.mark.early
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL over")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root hands PostgreSQL over")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="crm-embedded-", dir="/tmp"))
    yield place
    embedded.discard(place)
    shutil.rmtree(place)


@pytest.fixture
def bare(home: Path) -> Settings:
    """Settings of a data dir without any address."""
    return replace(config.settings(), data_dir=home, database_url=None, redis_url=None)


@contextmanager
def running(bare: Settings) -> Iterator[Servers]:
    servers = Servers(bare, durable=False)
    try:
        for server in servers.all:
            server.start()
        yield servers
    finally:
        servers.stop()


def ask_database(settings: Settings, question: str) -> object:
    assert settings.database_url
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute(question).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None


def ask_doorbell(settings: Settings) -> bool:
    assert settings.redis_url
    with redis.Redis.from_url(settings.redis_url) as connection:
        return bool(connection.ping())


def test_both_servers_answer_on_unix_sockets_only(bare: Settings) -> None:
    with running(bare) as servers:
        assert ask_database(servers.settings, "SHOW listen_addresses") == ""
        assert ask_doorbell(servers.settings)
        for server in servers.all:
            assert server.process
            assert not psutil.Process(server.process.pid).net_connections("inet")


def test_what_was_written_is_there_at_the_next_start(bare: Settings) -> None:
    with running(bare) as servers:
        assert servers.settings.database_url
        with psycopg.connect(servers.settings.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with running(bare) as servers:
        assert ask_database(servers.settings, "SELECT number FROM kept") == 7


def test_servers_of_a_killed_owner_are_ended_first(bare: Settings) -> None:
    with running(bare) as orphans, running(bare) as servers:
        assert ask_database(servers.settings, "SELECT 1") == 1
        assert ask_doorbell(servers.settings)
        assert all(orphan.process and orphan.process.poll() is not None for orphan in orphans.all)


def test_servers_that_were_killed_come_up_again(bare: Settings) -> None:
    with running(bare) as victims:
        for server in victims.all:
            assert server.process
            server.process.kill()
        with running(bare) as servers:
            assert ask_database(servers.settings, "SELECT 1") == 1
            assert ask_doorbell(servers.settings)


def test_a_stale_number_that_belongs_to_somebody_else_does_not_matter(bare: Settings) -> None:
    with running(bare) as servers:
        cluster = servers.places.cluster
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster}\n1\n5432\n")
    servers.places.valkey_socket.write_text("left behind")
    with running(bare) as servers:
        assert ask_database(servers.settings, "SELECT 1") == 1
        assert ask_doorbell(servers.settings)


def test_a_copied_cluster_is_known_from_the_first(bare: Settings) -> None:
    question = "SELECT current_setting('regulars.place', true)"
    with running(bare) as servers:
        cluster = servers.places.cluster
        first = ask_database(servers.settings, question)
    with running(bare) as servers:
        assert ask_database(servers.settings, question) == first
    cluster.rename(cluster.with_name("first"))
    shutil.copytree(cluster.with_name("first"), cluster)
    for place in (cluster, *cluster.rglob("*")):
        shutil.chown(place, cluster.with_name("first").stat().st_uid)
    with running(bare) as servers:
        assert ask_database(servers.settings, question) != first


def test_files_that_valkey_cannot_read_are_put_aside(bare: Settings) -> None:
    with running(bare) as servers:
        files = servers.places.valkey / "appendonlydir"
    (files / "appendonly.aof.manifest").write_text("this is no manifest\n")
    with running(bare) as servers:
        assert ask_doorbell(servers.settings)
    assert list(servers.places.valkey.glob("unreadable-*"))


def test_nobody_else_may_enter_the_folders(bare: Settings, home: Path) -> None:
    with running(bare) as servers:
        places = servers.places
        for folder in (places.cluster, places.postgres_sockets, places.valkey):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(places.valkey_socket.parent.stat().st_mode) == 0o700


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 30)
    deep.mkdir()
    places = find_places(deep)
    try:
        assert len(bytes(places.postgres_sockets)) < 85
        assert len(bytes(places.valkey_socket)) < 100
        assert stat.S_IMODE(places.valkey_socket.parent.stat().st_mode) == 0o700
    finally:
        if places.cluster.is_relative_to("/var/lib/regulars"):
            places.cluster.parent.mkdir(exist_ok=True)
        embedded.discard(deep)


@as_root
def test_for_root_postgres_runs_as_nobody_where_nobody_can_be(bare: Settings, home: Path) -> None:
    with running(bare) as servers:
        assert servers.postgres
        assert servers.postgres.process
        assert psutil.Process(servers.postgres.process.pid).username() == "nobody"
        assert servers.places.cluster.is_relative_to("/var/lib/regulars")
        assert (home / "postgres.at").read_text().strip() == str(servers.places.cluster.parent)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@as_user
def test_for_anybody_else_the_cluster_is_in_the_data_dir(bare: Settings, home: Path) -> None:
    with running(bare) as servers:
        assert servers.places.cluster == home / "postgres"
        assert servers.places.account is None
