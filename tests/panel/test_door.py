"""Signing in, the first visit, and what a reader chooses for herself."""

from collections.abc import Callable

from flask.testing import FlaskClient

from crm import db
from crm.access.users import find_user, has_users, set_password
from crm.stores.models import Store
from tests.panel.conftest import PASSWORD, Reader
from tests.panel.pages import Page


def token(client: FlaskClient, path: str = "/sign-in") -> str:
    return Page(client.get(path).text).fields["csrf_token"]


def test_the_first_visitor_becomes_the_owner_and_the_second_must_sign_in(
    client: FlaskClient,
) -> None:
    assert client.get("/").headers["Location"].endswith("/sign-in")
    assert client.get("/sign-in").headers["Location"].endswith("/welcome")
    form = {"csrf_token": token(client, "/welcome"), "email": "a@tea.example", "password": "tea"}
    short = client.post("/welcome", data=form)
    assert short.status_code == 422
    assert "8 to 256 characters" in short.text
    made = client.post("/welcome", data={**form, "password": PASSWORD})
    assert made.status_code == 303
    assert "Welcome to Regulars" in client.get("/").text
    stranger = client.application.test_client()
    assert stranger.get("/welcome").headers["Location"].endswith("/sign-in")
    again = {"csrf_token": token(stranger), "email": "b@tea.example", "password": PASSWORD}
    assert stranger.post("/welcome", data=again).status_code == 303
    with db.session() as session:
        assert find_user(session, "b@tea.example") is None


def test_a_visitor_is_led_back_to_where_she_wanted_to_go(
    sign_in: Callable[..., Reader], client: FlaskClient
) -> None:
    sign_in("seller")
    asked = client.get("/buyers?tier=A").headers["Location"]
    assert asked.endswith("/sign-in?next=/buyers?tier%3DA")
    form = {"csrf_token": token(client), "email": "seller@tea.example", "password": PASSWORD}
    led = client.post("/sign-in", data={**form, "next": "/buyers?tier=A"})
    assert led.headers["Location"] == "/buyers?tier=A"


def test_signing_in_never_leads_to_a_foreign_site(
    sign_in: Callable[..., Reader], client: FlaskClient
) -> None:
    sign_in("seller")
    for place in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"):
        browser = client.application.test_client()
        form = {"csrf_token": token(browser), "email": "seller@tea.example", "password": PASSWORD}
        assert browser.post("/sign-in", data={**form, "next": place}).headers["Location"] == "/"


def test_a_wrong_password_says_no_more_than_that(
    sign_in: Callable[..., Reader], client: FlaskClient
) -> None:
    sign_in("seller")
    said = []
    for email in ("seller@tea.example", "nobody@tea.example"):
        form = {"csrf_token": token(client), "email": email, "password": "a wrong password"}
        answer = client.post("/sign-in", data=form)
        assert answer.status_code == 401
        said.append("The email or the password is wrong" in answer.text)
    assert said == [True, True]


def test_one_account_cannot_be_hammered(
    sign_in: Callable[..., Reader], client: FlaskClient
) -> None:
    sign_in("seller")
    form = {"csrf_token": token(client), "email": "seller@tea.example", "password": "wrong"}
    tried = [client.post("/sign-in", data=form).status_code for _ in range(7)]
    assert set(tried[:5]) == {401}
    assert tried[-1] == 429
    assert "short break" in client.post("/sign-in", data=form).text


def test_a_form_without_its_token_changes_nothing(owner: Reader, store: Store) -> None:
    answer = owner.client.post("/access/people", data={"email": "x@tea.example", "role": "owner"})
    assert answer.status_code == 400
    assert "expired" in answer.text
    with db.session() as session:
        assert find_user(session, "x@tea.example") is None
        assert has_users(session)


def test_the_token_is_taken_from_the_header_that_htmx_sends(owner: Reader) -> None:
    headers = {"X-CSRFToken": owner.token(), "HX-Request": "true"}
    assert owner.client.post("/buyers", headers=headers).status_code == 200


def test_signing_out_ends_the_session(owner: Reader) -> None:
    owner.post("/sign-out")
    assert owner.client.get("/buyers").status_code == 303


def test_a_new_password_ends_the_old_sessions(owner: Reader) -> None:
    with db.session() as session:
        user = find_user(session, "owner@tea.example")
        assert user is not None
        set_password(session, user, "another good password")
    assert owner.client.get("/").headers["Location"].endswith("/sign-in")


def test_language_and_theme_are_kept_in_the_browser(owner: Reader) -> None:
    owner.post("/reader/language", language="zh-TW")
    owner.post("/reader/theme", theme="dark")
    answer = owner.client.get("/stores").text
    assert '<html lang="zh-Hant" data-theme="dark" data-bs-theme="dark">' in answer
    owner.post("/reader/theme", theme="<script>")
    assert 'data-theme="auto"' in owner.client.get("/stores").text


def test_the_session_is_kept_from_scripts_and_other_sites(
    sign_in: Callable[..., Reader], client: FlaskClient
) -> None:
    sign_in("seller")
    form = {"csrf_token": token(client), "email": "seller@tea.example", "password": PASSWORD}
    answer = client.post("/sign-in", data=form)
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if "regulars=" in one)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
