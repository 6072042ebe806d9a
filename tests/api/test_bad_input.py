"""Whatever is sent to any route that writes, the answer is a refusal, never a failure of ours."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema, fields

from crm import clock, db
from crm.campaigns.write import create_campaign
from crm.cases.open import NewCase, open_case
from crm.segments.queries import save_segment
from crm.stores.models import Store
from tests.api.conftest import PREFIX, Program
from tests.factories import make_buyer

BROKEN = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"7",
    b"NaN",
    b'{"a": 1e400}',
    b'{"a": Infinity}',
    b'{"a": 1, "a": 2}',
    b'{"a": "\\u0000"}',
    b'{"a": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b"[" * 5000 + b"]" * 5000,
    b'{"a":' * 40 + b"1" + b"}" * 40,
    b"\xff\xfe\x00",
    b'{"a": "' + b"\xed\xa0\x80" + b'"}',
    b'{"surprise": true}',
)
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**62,
    1.5,
    "",
    " ",
    "x" * 30_000,
    "\u202e\u200b\u0007",
    "💚",
    "1",
    "9" * 18,
    [],
    [None],
    [[[]]],
    [1, "a", {}],
    {},
    {"": ""},
    {"all": [{"condition": "vip", "is": [1]}]},
    {"condition": "order_count", "at_least": 2**62},
    {"segment": "9" * 30},
    {"at": "0001-01-01T00:00:00+23:59"},
    {"subject": 5, "body": {}, "format": []},
)


@pytest.fixture
def places(store: Store) -> dict[str, str]:
    """One thing of each sort, so that routes reach their verbs."""
    now = clock.now()
    message = {"subject": "Hi", "body": "Tea", "format": "text"}
    draft = {"name": "C", "kind": "promotion", "message": message}
    draft["schedule"] = {"at": "2026-12-01T10:00:00Z"}
    with db.session() as session:
        buyer = make_buyer(session, store)
        case = open_case(session, store, NewCase(buyer.id, "question", "Why?"), "me", now)
        segment = save_segment(session, store, "S", {"condition": "vip", "is": True}, now)
        campaign = create_campaign(session, store, draft, now)
        return {
            "buyer_id": str(buyer.id),
            "case_id": str(case.id),
            "segment_id": str(segment.id),
            "campaign_id": str(campaign.id),
            "message_id": "1",
            "slug": store.slug,
        }


def test_no_body_breaks_any_route_that_writes(
    app: Flask, api: Program, places: dict[str, str]
) -> None:
    routes = _writing(app, places)
    assert len(routes) > 20
    for number, (method, path, _form) in enumerate(routes):
        # One reader serves every route: each body meets it somewhere, each route meets some.
        for body in BROKEN[number % 4 :: 4]:
            answer = api.call(method, path, data=body, content_type="application/json")
            assert answer.status_code < 500, (method, path, body[:60])
        answer = api.call(method, path, data=b"<x/>", content_type="application/xml")
        assert answer.status_code < 500, (method, path)


def test_no_value_breaks_any_field(
    app: Flask, api: Program, store: Store, places: dict[str, str]
) -> None:
    for method, path, form in _writing(app, places):
        whole = {name: _likely(name, field, store) for name, field in form.fields.items()}
        needed = {name: whole[name] for name, field in form.fields.items() if field.required}
        for number, name in enumerate(form.fields):
            for value in ODD[number % 2 :: 2]:
                answer = api.call(method, path, json={**needed, name: value})
                assert answer.status_code < 500, (method, path, name, value)


def test_no_query_breaks_any_list(app: Flask, api: Program, places: dict[str, str]) -> None:
    values = (
        "",
        "%00",
        "x" * 5000,
        "-1",
        "1.5",
        "9" * 40,
        "%ed%a0%80",
        "%ff",
        "null",
        "💚",
        "1' OR 1",
    )
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(PREFIX) or "GET" not in (rule.methods or ()):
            continue
        path = _path(rule.rule, places)
        names = _query_names(app, rule.endpoint)
        for number, name in enumerate(sorted({*names, "limit", "cursor", "surprise"})):
            for value in values[number % 3 :: 3]:
                answer = api.call("GET", f"{path}?{name}={value}")
                assert answer.status_code < 500, (path, name, value)


def test_no_place_breaks_any_route(api: Program) -> None:
    for piece in ("0", "-1", "9" * 19, "9" * 400, "%00", "x", "1.0", "٣", "%ff", "1%2f2", "💚"):
        for resource in ("buyers", "campaigns", "segments", "cases", "messages", "stores"):
            answer = api.call("GET", f"/{resource}/{piece}")
            assert answer.status_code == 404, (resource, piece)


def test_a_body_of_more_than_a_mebibyte_is_refused(api: Program, store: Store) -> None:
    body = json.dumps({"store": store.slug, "name": "x" * 1_100_000, "rule": {}})
    answer = api.call("POST", "/segments", data=body, content_type="application/json")
    assert answer.status_code == 413


def test_broken_json_is_400_and_a_wrong_media_type_415(api: Program) -> None:
    assert (
        api.call("POST", "/stores", data=b"{", content_type="application/json").status_code == 400
    )
    assert api.call("POST", "/stores", data=b"{}", content_type="text/plain").status_code == 415


def _writing(app: Flask, places: dict[str, str]) -> list[tuple[str, str, Schema]]:
    found = []
    for rule in app.url_map.iter_rules():
        for method in {"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set()):
            if rule.rule.startswith(PREFIX):
                form = app.view_functions[rule.endpoint].body_form()
                found.append((method, _path(rule.rule, places), form))
    # Forms that end or merge things last, so that the others still find theirs.
    return sorted(found, key=lambda row: (row[0] == "DELETE", row[1].endswith(("cancel", "merge"))))


def _query_names(app: Flask, endpoint: str) -> set[str]:
    form = getattr(app.view_functions[endpoint], "query_form", None)
    return {field.data_key or name for name, field in form().fields.items()} if form else set()


def _path(rule: str, places: dict[str, str]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: places.get(found[1], "sales"), rule)[
        len(PREFIX) :
    ]


def _likely(name: str, field: fields.Field, store: Store) -> Any:
    known = {
        "store": store.slug,
        "rule": {"condition": "vip", "is": True},
        "kind": "promotion",
        "platform": "standard",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "vip": True,
        "tags": [],
        "buyer": "1",
        "other": "1",
        "channel": "email",
        "status": "granted",
        "type": "question",
        "message": {"subject": "Hi", "body": "Tea", "format": "text"},
        "to": "me@example.test",
    }
    return known.get(name, "text")


def test_no_param_breaks_any_condition(api: Program, store: Store) -> None:
    values = (None, True, -1, 0, 10**9, 2**62, 1.5, "", "x", "💚", "9" * 18, [], [[1]], {"a": 1})
    for condition in api.get("/segments/conditions")["items"]:
        for number, param in enumerate(condition["params"]):
            for value in values[number % 2 :: 2]:
                rule = {"condition": condition["key"], param["name"]: value}
                body = {"store": store.slug, "rule": rule}
                answer = api.call("POST", "/segments/preview", json=body)
                assert answer.status_code in (200, 422), rule


def test_no_inside_breaks_a_campaign(api: Program, store: Store, places: dict[str, str]) -> None:
    insides = {
        "schedule": ("at", "time", "days_before", "days_after", "rrule", "holiday", "on"),
        "offer": ("percent", "amount", "valid_days", "minimum", "single_use"),
        "message": ("subject", "preheader", "body", "format"),
    }
    path = f"/campaigns/{places['campaign_id']}"
    for part, names in insides.items():
        for name in names:
            for value in ODD:
                answer = api.call("PATCH", path, json={part: {name: value}})
                assert answer.status_code < 500, (part, name, value)


def test_no_inside_breaks_the_settings(api: Program, store: Store) -> None:
    whole = api.get(f"/settings/{store.slug}")
    for part, inside in whole.items():
        for name in inside if isinstance(inside, dict) else ():
            for value in ODD:
                body = {**whole, part: {**inside, name: value}}
                answer = api.call("PUT", f"/settings/{store.slug}", json=body)
                assert answer.status_code < 500, (part, name, value)
