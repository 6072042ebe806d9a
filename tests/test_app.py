"""What holds for every answer of the web application."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from crm import config, db
from crm.app import create_app
from crm.buyers.models import Tag
from crm.errors import Unavailable
from tests.factories import NOW, make_store

PROBLEM = "application/problem+json"


def test_a_wrong_address_is_a_page_for_people_and_a_problem_for_programs(
    client: FlaskClient,
) -> None:
    page = client.get("/no/such/page")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    problem = client.get("/api/v1/no-such-thing")
    assert (problem.status_code, problem.mimetype) == (404, PROBLEM)
    assert problem.get_json()["title"] == "Not Found"


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/stores")
    assert (answer.status_code, answer.mimetype) == (405, PROBLEM)
    assert "GET" in answer.headers["Allow"]


def test_every_answer_carries_the_security_headers(client: FlaskClient) -> None:
    for path in ("/livez", "/no/such/page", "/api/v1/stores", "/api/docs"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers


def test_a_page_speaks_the_language_of_its_reader(client: FlaskClient) -> None:
    for wanted, spoken in (("de-AT,en;q=0.5", "de"), ("zh-TW", "zh-Hant"), ("fi", "en")):
        page = client.get("/no/such/page", headers={"Accept-Language": wanted})
        assert f'<html lang="{spoken}">' in page.get_data(as_text=True)


def test_over_https_the_cookie_is_bound_to_it_and_one_proxy_is_believed(
    settings: config.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_PUBLIC_URL", "https://crm.example.test")
    config.settings.cache_clear()
    app = create_app()
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    answer = app.test_client().get("/livez", headers={"X-Forwarded-Proto": "https"})
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_without_https_no_proxy_is_believed(app: Flask) -> None:
    assert type(app.wsgi_app).__name__ != "ProxyFix"
    assert not app.config["SESSION_COOKIE_SECURE"]


def test_a_neighbour_that_is_away_and_a_bug_answer_in_their_own_ways(
    settings: config.Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app()

    @app.get("/api/away")
    def away() -> str:
        raise Unavailable("The storefront sleeps.", retry_after=7.2)

    @app.get("/api/broken")
    def broken() -> str:
        raise ZeroDivisionError("secret@example.test")

    client = app.test_client()
    answer = client.get("/api/away")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "8")
    assert answer.get_json()["detail"] == "The storefront sleeps."
    answer = client.get("/api/broken")
    assert (answer.status_code, answer.mimetype) == (500, PROBLEM)
    assert "secret" not in answer.get_data(as_text=True)
    assert "/api/broken" not in caplog.text


def test_the_slower_of_two_gets_a_conflict_and_a_broken_reference_stays_a_bug(
    settings: config.Settings, database: None
) -> None:
    app = create_app()

    @app.post("/api/twice")
    def twice() -> str:
        with db.session() as session:
            make_store(session, slug="tea")
        return "ok"

    @app.post("/api/astray")
    def astray() -> str:
        with db.session() as session:
            session.add(Tag(store_id=7, buyer_id=7, tag="x", actor="x", created_at=NOW))
        return "ok"

    client = app.test_client()
    assert [client.post("/api/twice").status_code for _ in range(2)] == [200, 409]
    assert client.post("/api/astray").status_code == 500


def test_a_database_that_is_away_is_a_503(
    settings: config.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.dispose()
    monkeypatch.setenv("CRM_DATABASE_URL", "postgresql://crm@127.0.0.1:1/none")
    config.settings.cache_clear()
    try:
        headers = {"Authorization": "Bearer rk_1_2"}
        answer = create_app().test_client().get("/api/v1/stores", headers=headers)
    finally:
        db.dispose()
    assert (answer.status_code, answer.mimetype) == (503, PROBLEM)
    assert int(answer.headers["Retry-After"]) > 0
