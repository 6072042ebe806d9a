"""`crm store` and `crm inbox` at the shell."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from crm import db, ingest
from crm.cli import main
from crm.events import PrivacyAsked
from crm.stores.queries import get_store
from crm.stores.secrets import live_secrets
from crm.webhooks import doors
from tests.factories import NOW, version
from tests.fakes.senders import raw, standard_post

TEA = ["Tea House", "--platform", "standard", "--currency", "EUR", "--timezone", "Europe/Berlin"]


@pytest.fixture
def crm(database: None) -> Callable[..., Result]:
    """Run the command in this process."""
    doors.forget()

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, list(words))

    return run


def told(result: Result) -> Any:
    """Read what a command answered in JSON."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_store_is_added_shown_listed_and_its_secret_turned(crm: Callable[..., Result]) -> None:
    made = told(crm("store", "add", *TEA, "--locale", "de", "--country", "DE", "--json"))
    assert set(made) == {"slug", "webhook_url", "secret"}
    assert made["slug"] == "tea-house"
    assert made["webhook_url"].endswith("/webhooks/tea-house")
    shown = told(crm("store", "show", "tea-house", "--json"))
    assert (shown["currency"], shown["country"], shown["has_api_access"]) == ("EUR", "DE", False)
    assert made["secret"] not in json.dumps(shown)
    assert [one["slug"] for one in told(crm("store", "list", "--json"))] == ["tea-house"]
    fresh = told(crm("store", "rotate-secret", "tea-house", "--json"))["secret"]
    with db.session() as session:
        store = get_store(session, "tea-house")
        assert live_secrets(session, store, NOW) == (fresh, made["secret"])


def test_the_words_for_people_say_where_to_post(crm: Callable[..., Result]) -> None:
    answer = crm("store", "add", *TEA)
    assert answer.exit_code == 0
    assert "/webhooks/tea-house" in answer.stdout
    assert "whsec_" in answer.stdout
    assert "Tea House" in crm("store", "list").stdout
    assert "Europe/Berlin" in crm("store", "show", "tea-house").stdout


def test_a_storefront_s_own_secret_and_access_are_taken(crm: Callable[..., Result]) -> None:
    woo = [*TEA[:1], "--platform", "woocommerce", *TEA[3:], "--secret", "s3cr3t&<x>"]
    access = ["--api-url", "https://tea.example.test", "--api-key", "ck", "--api-secret", "cs"]
    option = ["--option", "birthday_keys=geburtstag"]
    assert told(crm("store", "add", *woo, *access, *option, "--json"))["secret"] == "s3cr3t&<x>"
    assert told(crm("store", "show", "tea-house", "--json"))["has_api_access"] is True


def test_a_refusal_names_every_field_and_ends_with_1(crm: Callable[..., Result]) -> None:
    answer = crm("store", "add", "X", "--platform", "none", "--currency", "?", "--timezone", "?")
    assert answer.exit_code == 1
    for field in ("platform:", "currency:", "timezone:"):
        assert field in answer.stderr
    assert crm("store", "show", "nobody").exit_code == 1
    assert crm("store", "add", *TEA, "--option", "x").exit_code == 1


def test_a_wrong_call_ends_with_2(crm: Callable[..., Result]) -> None:
    assert crm("store", "add", "X").exit_code == 2
    assert crm("inbox", "replay").exit_code == 2
    assert crm("inbox", "replay", "1", "--state", "failed").exit_code == 2
    assert crm("inbox", "list", "--state", "lost").exit_code == 2


def test_the_inbox_is_listed_looked_into_and_replayed(
    crm: Callable[..., Result], client: FlaskClient, tick: Callable[[], int]
) -> None:
    made = told(crm("store", "add", *TEA, "--json"))
    for body in (b"garbage", raw("standard/order-paid")):
        headers, content = standard_post(made["secret"], body)
        answer = client.post("/webhooks/tea-house", data=content, headers=headers)
        assert answer.status_code == 200
    assert {one["state"] for one in told(crm("inbox", "list", "--json"))} == {"pending"}
    tick()
    done, failed = told(crm("inbox", "list", "--json"))
    assert (done["state"], done["topic"], done["outcome"]) == ("done", "order.paid", "applied")
    assert (failed["state"], failed["attempts"]) == ("failed", 1)
    assert "not JSON" in failed["error"]
    assert told(crm("inbox", "list", "--state", "failed", "--json")) == [failed]
    assert told(crm("inbox", "show", failed["id"], "--json"))["body"] == "garbage"
    assert told(crm("inbox", "replay", failed["id"], done["id"], "--json")) == {"replayed": 2}
    tick()
    assert told(crm("inbox", "replay", "--state", "failed", "--json")) == {"replayed": 1}
    assert crm("inbox", "replay", "999").exit_code == 1
    assert crm("inbox", "show", "999").exit_code == 1
    tick()
    assert "not JSON" in crm("inbox", "list").stdout


def test_times_are_written_as_everywhere_else(crm: Callable[..., Result]) -> None:
    assert crm("store", "add", *TEA).exit_code == 0
    with db.session() as session:
        asked = PrivacyAsked(version(), "access", "9", "77", "ada@example.test")
        ingest.apply(session, get_store(session, "tea-house"), asked, live=True, now=NOW)
    (waiting,) = told(crm("privacy", "list", "--json"))
    assert waiting["requested_at"] == NOW.isoformat().replace("+00:00", "Z")
    assert waiting["due_at"].endswith("Z")
