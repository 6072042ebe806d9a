"""`crm migrate`, `crm tick` and `crm doctor`, as a person at a shell meets them."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import text

from crm import clock, db, instance, migrate
from crm.config import Settings
from crm.failpoints import POINTS
from tests.factories import make_store
from tests.fakes.ports import free_port


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "crm", *arguments], capture_output=True, text=True, check=False
    )


def checks() -> dict[str, tuple[bool, str]]:
    done = run("doctor", "--json")
    found = json.loads(done.stdout)
    assert found["ok"] is (done.returncode == 0)
    return {one["check"]: (one["fine"], one["words"]) for one in found["checks"]}


def test_the_help_names_every_command() -> None:
    words = run("--help").stdout
    for name in ("up", "web", "worker", "scheduler", "migrate", "tick", "doctor", "store", "demo"):
        assert f"\n  {name} " in words


def test_a_wrong_use_is_exit_code_2() -> None:
    assert run("tick", "--nonsense").returncode == 2
    assert run("nonsense").returncode == 2


def test_a_database_that_does_not_answer_is_named_without_its_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://someone:hunter2@127.0.0.1:{free_port()}/crm"
    monkeypatch.setenv("CRM_DATABASE_URL", url)
    refused = run("store", "list")
    assert refused.returncode == 1
    assert refused.stderr.startswith("crm: CRM_DATABASE_URL: cannot use postgresql://someone:***@")
    assert "hunter2" not in refused.stderr
    fine, words = checks()["database"]
    assert not fine
    assert "CRM_DATABASE_URL: cannot use postgresql://someone:***@" in words


def test_migrate_says_where_the_database_is(database: None) -> None:
    done = run("migrate", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"head": migrate.newest()})


def test_a_tick_of_an_empty_shop_finds_nothing(database: None) -> None:
    done = run("tick", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"units": 0}), done.stderr


def test_the_doctor_finds_nothing_wrong_with_a_new_installation(
    database: None, valkey: object
) -> None:
    assert all(fine for fine, _ in checks().values())


def test_the_doctor_lists_the_failpoints() -> None:
    assert json.loads(run("doctor", "--failpoints", "--json").stdout) == POINTS


@pytest.mark.parametrize(
    ("state", "check"),
    [("failed", "failed webhooks"), ("pending", "late webhooks"), ("processing", "late webhooks")],
)
def test_the_doctor_names_webhooks_that_failed_or_wait(
    database: None, state: str, check: str
) -> None:
    with db.session() as session:
        store = make_store(session)
        session.execute(
            text(
                "INSERT INTO webhooks"
                " (store_id, platform, delivery_id, topic, headers, state, attempts, received_at)"
                " VALUES (:store, 'standard', 'one', 'order.paid', '{}', :state, 1, :at)"
            ),
            {"store": store.id, "state": state, "at": clock.real_now() - timedelta(hours=1)},
        )
    fine, words = checks()[check]
    assert not fine
    assert words.startswith("1; ")


def test_the_doctor_names_a_hold(database: None) -> None:
    with db.session() as session:
        instance.hold(session, "the database was copied", clock.now())
    fine, words = checks()["hold"]
    assert not fine
    assert "the database was copied" in words


def test_the_doctor_names_a_webhook_that_was_put_aside(settings: Settings, database: None) -> None:
    aside = settings.data_dir / "spool" / "0001-1-000001.broken"
    aside.parent.mkdir(mode=0o700, exist_ok=True)
    aside.write_bytes(b"half a webhook")
    try:
        fine, words = checks()["webhooks put aside"]
    finally:
        aside.unlink()
    assert not fine
    assert words.startswith(f"1 cannot be read: {aside.name}")
