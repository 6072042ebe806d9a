"""`crm store backfill|reconcile|hooks|add-app` and `crm privacy list|done` at the shell."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from crm import db, ingest
from crm.cli import main
from crm.events import PrivacyAsked
from crm.stores.queries import get_store
from tests.factories import NOW, version
from tests.imports.conftest import Connected


@pytest.fixture
def crm(woo: Connected) -> Callable[..., Result]:
    """Run the command in this process."""
    return lambda *words: CliRunner().invoke(main, list(words))


def told(result: Result) -> Any:
    """Read what a command answered in JSON."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_past_is_read_with_a_report(crm: Callable[..., Result], woo: Connected) -> None:
    woo.shop.order(1, "2026-03-01T10:00:00")
    woo.shop.order(2, "2026-04-01T10:00:00")
    shown = crm("store", "backfill", woo.slug, "--since", "2026-03-15")
    assert shown.exit_code == 0
    assert "orders     1 read, 1 new to us, 0 refused" in shown.stdout
    rows = told(crm("store", "backfill", woo.slug, "--json"))
    assert {row["feed"]: row["seen"] for row in rows}["orders"] >= 2
    assert all(row["finished_at"] for row in rows)


def test_a_shop_that_refuses_us_says_why_and_can_be_gone_on_with(
    crm: Callable[..., Result], woo: Connected
) -> None:
    woo.shop.order(1, "2026-03-01T10:00:00")
    woo.shop.plain = True
    refused = crm("store", "backfill", woo.slug)
    assert refused.exit_code == 1
    assert "Run it again" in refused.stderr
    woo.shop.plain = False
    assert crm("store", "backfill", woo.slug).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["backfill", "nobody"], "nobody"),
        (["backfill", "SLUG", "--since", "soon"], "since: must be a date"),
        (["reconcile", "deaf"], "no interface"),
        (["hooks", "deaf"], "by hand"),
        (["hooks", "keyless"], "api_key"),
        (["rotate-secret", "signing"], "no secret"),
        (["add-app", "SLUG", "--platform", "nothing"], "platform"),
        (["remove-app", "SLUG", "judgeme"], "judgeme"),
        (["rotate-secret", "SLUG", "--app", "judgeme"], "judgeme is not connected"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    crm: Callable[..., Result], woo: Connected, words: list[str], said: str
) -> None:
    there = ["--platform", "standard", "--currency", "EUR", "--timezone", "Europe/Berlin"]
    assert crm("store", "add", "Deaf", *there).exit_code == 0
    for name, platform in (("Keyless", "bigcommerce"), ("Signing", "saleor")):
        assert crm("store", "add", name, *there, "--platform", platform).exit_code == 0
    result = crm("store", *[woo.slug if word == "SLUG" else word for word in words])
    assert result.exit_code == 1
    assert said in result.stderr


def test_looking_now_finds_what_was_missed(crm: Callable[..., Result], woo: Connected) -> None:
    woo.shop.order(1, "2026-11-21T08:55:00")
    rows = {row["feed"]: row for row in told(crm("store", "reconcile", woo.slug, "--json"))}
    assert (rows["orders"]["seen"], rows["orders"]["changed"]) == (1, 1)
    assert rows["orders"]["refusals"] == []


def test_webhooks_are_set_up_and_shown(crm: Callable[..., Result], woo: Connected) -> None:
    assert "None is registered" in crm("store", "hooks", woo.slug).stdout
    armed = told(crm("store", "hooks", woo.slug, "--arm", "--json"))
    assert {row["active"] for row in armed} == {True}
    for _ in range(7):
        woo.shop.fail(1)
    assert "OFF" in crm("store", "hooks", woo.slug).stdout


def test_an_app_is_added_with_its_address_and_taken_away(
    crm: Callable[..., Result], woo: Connected
) -> None:
    made = told(crm("store", "add-app", woo.slug, "--platform", "standard", "--json"))
    assert made["webhook_url"].endswith(f"/webhooks/{woo.slug}/standard")
    assert made["secret"].startswith("whsec_")
    fresh = told(crm("store", "rotate-secret", woo.slug, "--app", "standard", "--json"))
    assert fresh["secret"] != made["secret"]
    assert crm("store", "remove-app", woo.slug, "standard").exit_code == 0


def test_privacy_requests_are_listed_and_answered(
    crm: Callable[..., Result], woo: Connected
) -> None:
    with db.session() as session:
        asked = PrivacyAsked(version(), "access", "9", email="ada@example.test")
        ingest.apply(session, get_store(session, woo.slug), asked, live=True, now=NOW)
    (row,) = told(crm("privacy", "list", "--json"))
    assert (row["store"], row["kind"], row["email"]) == (woo.slug, "access", "ada@example.test")
    assert "due 2026-12-21" in crm("privacy", "list").stdout
    assert crm("privacy", "done", str(row["id"])).exit_code == 0
    assert told(crm("privacy", "list", "--json")) == []
    assert told(crm("privacy", "list", "--all", "--json"))[0]["done_by"] == "cli"
    assert crm("privacy", "done", str(row["id"])).exit_code == 1
