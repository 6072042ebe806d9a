"""No address answers a stranger unless it is on the list of those that are meant to."""

import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from crm import clock, db
from crm.access.roles import PERMISSIONS, ROLES
from crm.access.users import add_first_owner

# What strangers may reach, and what protects it instead of a key or a session.
OPEN = {
    "/livez": "says nothing but that it lives",
    "/readyz": "names services, never people",
    "/healthz": "numbers only",
    "/metrics": "numbers only",
    "/webhooks/": "a signature over the body",
    "/callbacks/": "a signature over the body",
    "/u/": "a signed token",
    "/s/": "a signed token",
    "/c/": "a signed token",
    "/public/": "style sheets of the public pages",
    "/static/": "style sheets of error pages and documentation",
    "/assets/": "style sheets and scripts of the panel",
    "/sign-in": "it is the door",
    "/welcome": "it makes the first owner, once",
    "/favicon.ico": "an icon",
    "/api/docs": "the documentation",
    "/api/v1/openapi.json": "the documentation",
}
_SAMPLES = {"id": "1", "int": "1", "slug": "tea-house", "path": "x"}


def test_every_route_of_the_api_names_a_permission_and_refuses_a_stranger(
    app: Flask, client: FlaskClient
) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    guarded = [rule for rule in rules if not _is_open(rule)]
    assert len(guarded) > 30
    for rule in guarded:
        view = app.view_functions[rule.endpoint]
        assert getattr(view, "needs", None) in PERMISSIONS, rule
        for answer in _knock(client, rule):
            assert answer.status_code == 401, rule


def test_every_other_route_asks_for_a_session_or_is_meant_to_be_open(
    app: Flask, client: FlaskClient
) -> None:
    with db.session() as session:
        add_first_owner(session, "ada@tea.test", "correct horse", clock.now())
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") or _is_open(rule):
            continue
        for answer in _knock(client, rule):
            assert answer.status_code in (301, 302, 303, 308, 400, 401, 403), rule
            if answer.status_code in (301, 302, 303, 308):
                assert "/sign-in" in answer.headers["Location"], rule


def test_every_permission_belongs_to_the_owner_and_to_known_roles() -> None:
    for permission, roles in PERMISSIONS.items():
        assert "owner" in roles, permission
        assert roles <= set(ROLES), permission


def _is_open(rule: Rule) -> bool:
    return any(
        rule.rule.startswith(place) if place.endswith("/") else rule.rule == place for place in OPEN
    )


def _knock(client: FlaskClient, rule: Rule) -> list[TestResponse]:
    path = re.sub(
        r"<(?:(\w+)(?:\(.*?\))?:)?\w+>", lambda m: _SAMPLES.get(m[1] or "", "x"), rule.rule
    )
    methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    return [client.open(path, method=method) for method in methods]
