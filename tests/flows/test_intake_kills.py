"""Webhooks from eight threads while processes, the doorbell and the database are struck down."""

import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from crm import config, db, embedded, exports, ingest
from crm.storefronts import Hook, get_storefront, home_of
from tests.factories import NOW, make_store
from tests.fakes.ports import free_port
from tests.fakes.senders import payload
from tests.flows.running import Running, command, eventually
from tests.flows.under_fire import (
    Parcel,
    Post,
    Strikes,
    looking_into,
    parcels_of,
    with_repeats,
    woo_parcels,
)
from tests.flows.worlds import World, make_world

pytestmark = pytest.mark.early
NUMBER, OF_WOO, REPEATS = 3000, 500, 0.3


@dataclass
class Product:
    """A whole `crm up` on a PostgreSQL of ours, and the two stores connected to it."""

    up: Running
    port: int
    postgres: Any
    neutral: dict[str, Any]
    woo: dict[str, Any]

    def lines(self, what: str, store: dict[str, Any]) -> list[str]:
        """Export a store's books by the command."""
        found: list[str] = command(self.up.environment, "export", what, "--store", store["slug"])
        return found

    def inbox(self) -> list[tuple[str, str]]:
        """List what the inbox holds: names and states."""
        rows = [json.loads(line) for one in self.stores for line in self.lines("inbox", one)]
        return [(row["delivery_id"], row["state"]) for row in rows]

    def states(self) -> list[list[str]]:
        """Export the state of both shops."""
        return [self.lines("state", one) for one in self.stores]

    @property
    def stores(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both stores."""
        return self.neutral, self.woo

    def is_idle(self) -> bool:
        """Tell whether nothing waits, neither in the spool nor in the inbox."""
        spool = Path(self.up.environment["CRM_DATA_DIR"]) / "spool"
        with looking_into(self.postgres.url), db.engine().connect() as line:
            waits = "SELECT count(*) FROM webhooks WHERE state IN ('pending','processing')"
            return not list(spool.glob("*.webhook")) and not line.exec_driver_sql(waits).scalar()


@pytest.fixture
def product(settings: config.Settings) -> Iterator[Product]:
    """Bring the whole product up, at the time of all tests."""
    home = Path(tempfile.mkdtemp(prefix="crm-fire-", dir="/tmp"))
    own = config.load({"CRM_DATA_DIR": str(home)})
    postgres = embedded.Servers(own).postgres
    assert postgres
    port = free_port()
    kept = {name: text for name, text in os.environ.items() if not name.startswith("CRM_")}
    clock = home / "clock"
    clock.write_text(NOW.isoformat())
    environment = kept | {
        "CRM_TEST": "1",
        "CRM_DATA_DIR": str(home),
        "CRM_DATABASE_URL": postgres.url,
        "CRM_BIND": f"127.0.0.1:{port}",
        "CRM_CLOCK_FILE": str(clock),
        "CRM_SWEEP_SECONDS": "0.2",
        "CRM_LEASE_SECONDS": "2",
    }
    up = Running(("up",), environment, home / "up.log")
    with (home / "postgres.log").open("ab") as log:
        postgres.start(log)
    try:
        up.start()
        assert eventually(lambda: "ready " in up.said, 60), up.said
        neutral, woo = (added(environment, name) for name in ("standard", "woocommerce"))
        yield Product(up, port, postgres, neutral, woo)
    finally:
        up.stop()
        postgres.stop()
        embedded.discard(home)
        shutil.rmtree(home)


def added(environment: dict[str, str], platform: str) -> dict[str, Any]:
    """Connect a store by the command."""
    asked = ("--platform", platform, "--currency", "EUR", "--timezone", "Europe/Berlin")
    made: dict[str, Any] = command(
        environment, "store", "add", f"Tea {platform}", *asked, "--country", "DE", "--json"
    )
    return made


def make_parcels(product: Product, number: int) -> tuple[World, list[Parcel]]:
    """Make so many different deliveries of both shops."""
    dice = random.Random(number)
    people = 40
    while len((world := make_world(dice, people)).news) < number:
        people += 40
    world.news = world.news[: number - OF_WOO]
    orders = woo_parcels(OF_WOO, product.woo, payload("woocommerce/order-processing"))
    parcels = [*parcels_of(world.news, product.neutral), *orders]
    dice.shuffle(parcels)
    return world, parcels


def names(parcels: list[Parcel]) -> set[str]:
    """Name the deliveries as the inbox must."""
    hashed = (f"{one.topic}\n".encode() + one.body for one in parcels if not one.name)
    return {one.name for one in parcels if one.name} | {
        hashlib.sha256(text).hexdigest() for text in hashed
    }


def test_three_thousand_events_survive_every_process_being_killed(
    product: Product, database: None
) -> None:
    world, parcels = make_parcels(product, NUMBER)
    sent = with_repeats(random.Random(1), parcels, REPEATS)
    post, strikes = Post(product.port), Strikes(product.up)
    began = time.monotonic()
    posting = threading.Thread(target=post.post_all, args=(sent, 0.02))
    posting.start()
    striking = threading.Thread(target=strikes.go_on, args=(2, 1.0))
    striking.start()
    wanted = undisturbed(parcels)
    striking.join()
    posting.join()
    posted = time.monotonic() - began
    assert eventually(product.is_idle, 60), product.up.said[-3000:]
    sys.stdout.write(f"posted in {posted:.1f} s, idle after {time.monotonic() - began:.1f} s\n")
    sys.stdout.write(f"{strikes.struck} {post}\n")
    assert set(post.answers) == {200}
    assert post.done == len(sent)
    assert len(strikes.struck) == 6
    assert strikes.struck.total() >= 16
    assert posted > 5, "the blows came too late to be felt"
    check_inbox(product, parcels)
    check_states(product, wanted)
    check_figures(product, world)


def test_a_silent_and_then_a_dead_database_cost_no_webhook(
    product: Product, database: None
) -> None:
    _world, parcels = make_parcels(product, 1200)
    sent = with_repeats(random.Random(2), parcels, REPEATS)
    post, strikes = Post(product.port), Strikes(product.up)
    posting = threading.Thread(target=post.post_all, args=(sent, 0.08))
    posting.start()
    time.sleep(1.5)
    with silent(product):
        away(strikes)
    in_silence = product.up.said.count("webhook spooled")
    time.sleep(1.5)
    with dead(product):
        away(strikes)
    in_all = product.up.said.count("webhook spooled")
    posting.join()
    sys.stdout.write(f"{in_silence}, then {in_all - in_silence} in the spool; {post}\n")
    assert min(in_silence, in_all - in_silence) > 20
    assert set(post.answers) == {200}
    assert post.slowest < 3.5
    assert eventually(product.is_idle, 60), product.up.said[-3000:]
    check_inbox(product, parcels)
    check_states(product, undisturbed(parcels))


def away(strikes: Strikes) -> None:
    """Let five seconds pass, in which a web process is replaced by one that knows nothing."""
    time.sleep(2.0)
    strikes.strike("web fork")
    time.sleep(3.0)


@contextmanager
def silent(product: Product) -> Iterator[None]:
    """Stop the database inside the block: it refuses nothing and answers nothing."""
    leader = psutil.Process(product.postgres.process.pid)
    family = [leader, *leader.children(recursive=True)]
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.suspend()
    try:
        yield
    finally:
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.resume()


@contextmanager
def dead(product: Product) -> Iterator[None]:
    """Kill the database; it is started again after the block."""
    leader = psutil.Process(product.postgres.process.pid)
    for one in (leader, *leader.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            one.kill()
    product.postgres.process.wait()
    yield
    with (product.up.log.parent / "postgres.log").open("ab") as log:
        product.postgres.start(log)


def check_inbox(product: Product, parcels: list[Parcel]) -> None:
    """See every delivery there exactly once, and done."""
    found = product.inbox()
    assert len(found) == len(parcels)
    assert {name for name, _state in found} == names(parcels)
    assert {state for _name, state in found} == {"done"}


def check_states(product: Product, wanted: list[list[str]]) -> None:
    """Compare the books with those of an undisturbed run, and show what differs."""
    for found, expected in zip(product.states(), wanted, strict=True):
        assert sorted(set(found) ^ set(expected)) == []
        assert found == expected


def check_figures(product: Product, world: World) -> None:
    """Compare the money with a sum made by hand."""
    rows = [json.loads(line) for line in product.lines("state", product.neutral)]
    buyers = [row for row in rows if row["kind"] == "buyer"]
    assert sum(row["stats"]["orders"] for row in buyers) == figures(world)[0]
    cents = [int(row["stats"]["spent"]["amount"].replace(".", "")) for row in buyers]
    assert sum(cents) == figures(world)[1]


def undisturbed(parcels: list[Parcel]) -> list[list[str]]:
    """Apply the same deliveries here, in order, and export the state of both shops."""
    platforms = ("standard", "woocommerce")
    return [alone([one for one in parcels if one.platform == name], name) for name in platforms]


def alone(parcels: list[Parcel], platform: str) -> list[str]:
    """Apply the deliveries of one shop in order."""
    plugin = get_storefront(platform)
    ordered = sorted(parcels, key=lambda one: (len(one.name), one.name))
    with db.session() as session:
        store = make_store(session, platform=platform, name=f"Tea {platform}", url=None)
        home = home_of(store)
        events = [event for one in ordered for event in plugin.parse(hook_of(one), home)]
        for first in range(0, len(events), 50):
            ingest.apply_all(session, store, events[first : first + 50], live=True, now=NOW)
        return list(exports.lines(session, store, "state"))


def hook_of(parcel: Parcel) -> Hook:
    """Look at a delivery as the door does."""
    headers, body = parcel.sign()
    return Hook(body, {name.lower(): text for name, text in headers.items()}, NOW)


def figures(world: World) -> tuple[int, int]:
    """Count orders that count, and what was spent on them in cents, from the news alone."""
    newest: dict[str, Any] = {}
    for one in world.news:
        if one.topic.startswith("order."):
            newest[one.thing[1]] = one.data
    counted = [
        one
        for one in newest.values()
        if one["payment_status"] != "unpaid" and one.get("status") != "cancelled"
    ]
    spent = sum(
        int(one["total"].replace(".", "")) - int(one.get("refunded_total", "0").replace(".", ""))
        for one in counted
    )
    return len(counted), spent
