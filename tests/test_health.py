"""What machines ask about the product."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import redis
from flask.testing import FlaskClient
from sqlalchemy import text

from crm import clock, config, db, instance, queue
from crm.messages.models import Message
from crm.timetable import Timetable
from crm.webhooks.models import Webhook
from tests.factories import make_buyer, make_store

KEYS = {
    "status",
    "depths",
    "oldest_seconds",
    "uncertain",
    "failed_webhooks",
    "last_tick_at",
    "hold",
}


def test_a_process_that_answers_is_alive(client: FlaskClient) -> None:
    answer = client.get("/livez")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "ok\n")


def test_it_is_ready_when_sql_answers_and_every_migration_ran(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "ready": True,
        "checks": {"database": "ok", "migrations": "ok", "doorbell": "ok"},
    }


def test_it_is_not_ready_while_a_migration_is_missing(client: FlaskClient) -> None:
    with db.session() as session:
        kept = session.scalar(text("DELETE FROM alembic_version RETURNING version_num"))
    try:
        answer = client.get("/readyz")
    finally:
        with db.session() as session:
            session.execute(text("INSERT INTO alembic_version VALUES (:kept)"), {"kept": kept})
    assert answer.status_code == 503
    assert kept in answer.get_json()["checks"]["migrations"]


def test_a_dead_doorbell_degrades_but_stays_ready(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent() -> None:
        raise redis.ConnectionError("nobody there")

    monkeypatch.setattr(queue, "ping", silent)
    assert client.get("/readyz").status_code == 200
    assert client.get("/readyz").get_json()["checks"]["doorbell"] == "degraded"
    assert client.get("/healthz").get_json()["status"] == "degraded"


def test_an_idle_product_has_nothing_waiting(client: FlaskClient) -> None:
    _tick_now()
    found = client.get("/healthz").get_json()
    assert found.keys() == KEYS
    assert found["status"] == "ok"
    assert set(found["depths"].values()) == {0}
    assert found["oldest_seconds"] == found["uncertain"] == found["failed_webhooks"] == 0
    assert found["hold"] is False
    assert found["last_tick_at"].endswith("Z")


def test_only_work_that_is_due_now_is_counted(
    client: FlaskClient, at: Callable[[str], None]
) -> None:
    _add_webhook("pending")
    _add_message("queued", later=timedelta(minutes=10))
    found = client.get("/healthz").get_json()
    assert found["depths"]["webhooks"] == 1
    assert found["depths"]["messages"] == 0
    at("2026-11-21T09:30:00Z")
    found = client.get("/healthz").get_json()
    assert found["depths"]["messages"] == 1
    assert found["oldest_seconds"] == 1800


def test_what_waits_for_a_person_is_counted(client: FlaskClient) -> None:
    _add_webhook("failed")
    _add_message("uncertain")
    with db.session() as session:
        instance.hold(session, "by hand", clock.now())
    found = client.get("/healthz").get_json()
    assert (found["failed_webhooks"], found["uncertain"], found["hold"]) == (1, 1, True)
    assert found["status"] == "degraded"


def test_a_scheduler_that_stopped_degrades(client: FlaskClient) -> None:
    _tick_now(ago=timedelta(minutes=5))
    assert client.get("/healthz").get_json()["status"] == "degraded"


def test_the_figures_name_nobody(client: FlaskClient) -> None:
    _add_message("accepted")
    _tick_now()
    answer = client.get("/metrics")
    figures = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'regulars_messages{state="accepted"} 1.0' in figures
    assert "regulars_database_up 1.0" in figures
    assert "regulars_last_tick_timestamp_seconds" in figures
    assert "@" not in figures
    assert "Ada" not in figures


def test_without_a_database_health_still_answers(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.dispose()
    port_of_nobody = "postgresql://crm@127.0.0.1:1/none"
    monkeypatch.setenv("CRM_DATABASE_URL", port_of_nobody)
    config.settings.cache_clear()
    try:
        answers = {path: client.get(path) for path in ("/livez", "/readyz", "/healthz", "/metrics")}
    finally:
        db.dispose()
    assert {path: answer.status_code for path, answer in answers.items()} == {
        "/livez": 200,
        "/readyz": 503,
        "/healthz": 503,
        "/metrics": 200,
    }
    assert answers["/healthz"].get_json().keys() == KEYS
    assert answers["/healthz"].get_json()["depths"] == {"spool": 0}
    assert "regulars_database_up 0.0" in answers["/metrics"].get_data(as_text=True)


def _tick_now(ago: timedelta = timedelta()) -> None:
    with db.session() as session:
        ran_at = clock.real_now() - ago
        session.add(Timetable(task="crm.webhooks.jobs.drain_inbox", slot_at=ran_at, ran_at=ran_at))


def _add_webhook(state: str) -> None:
    with db.session() as session:
        session.add(
            Webhook(
                store_id=make_store(session).id,
                platform="standard",
                delivery_id=state,
                topic="order.paid",
                headers={},
                body=b"{}",
                state=state,
                received_at=clock.now(),
            )
        )


def _add_message(state: str, later: timedelta = timedelta()) -> None:
    with db.session() as session:
        store = make_store(session)
        buyer = make_buyer(session, store)
        due_at = clock.now() + later
        session.add(
            Message(
                store_id=store.id,
                occurrence=state,
                buyer_id=buyer.id,
                kind="promotion",
                channel="email",
                message_class="marketing",
                recipient="hash",
                content={},
                state=state,
                not_before=due_at,
                expires_at=due_at + timedelta(hours=72),
                created_at=clock.now(),
            )
        )
