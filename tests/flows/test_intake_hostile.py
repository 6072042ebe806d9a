"""Two thousand hostile bodies over real HTTP: none breaks the door, none signed is lost."""

import http.client
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import redis
from sqlalchemy import select

from crm import db
from crm.config import Settings
from crm.storefronts import Hook, get_storefront, platforms
from crm.webhooks import queries
from crm.webhooks.models import Webhook
from crm.webhooks.views import MOST_BODY
from tests.fakes.fronts import Shop, connect, get_front
from tests.fakes.hostile import hostile
from tests.fakes.ports import free_port
from tests.flows.running import Running, eventually, is_ready, running

pytestmark = pytest.mark.early
NUMBER, THREADS = 2000, 8
_ENDLESS = b" " * (MOST_BODY + 1)


@dataclass(frozen=True)
class Sent:
    """One post and the answer it must get; `key` names it in the inbox if it is to be kept."""

    path: str
    headers: dict[str, str]
    body: bytes
    wanted: int
    key: tuple[int, str] | None = None
    is_chunked: bool = False

    def pieces(self) -> bytes | Iterator[bytes]:
        """Give the body whole, or in pieces of unknown number."""
        if not self.is_chunked:
            return self.body
        return (self.body[at : at + 65_536] for at in range(0, len(self.body), 65_536))


def test_two_thousand_hostile_bodies_are_answered_kept_and_shown(
    tmp_path: Path, database: None, valkey: redis.Redis, settings: Settings
) -> None:
    port = free_port()
    shops = [connect(get_front(platform)) for platform in platforms()]
    dice = random.Random(2000)
    posts = [make(dice, shops[number % len(shops)]) for number in range(NUMBER)]
    assert Counter(post.wanted for post in posts)[200] > NUMBER * 0.8
    with (
        running(tmp_path / "web.log", "web", CRM_BIND=f"127.0.0.1:{port}") as web,
        running(tmp_path / "worker.log", "worker") as worker,
    ):
        assert eventually(lambda: is_ready(port)), web.said
        before = pids(worker)
        with ThreadPoolExecutor(THREADS) as pool:
            parts = [posts[place::THREADS] for place in range(THREADS)]
            answers = list(pool.map(lambda part: post_all(port, part), parts))
        for part, given in zip(parts, answers, strict=True):
            for post, status in zip(part, given, strict=True):
                assert status == post.wanted, (post.path, post.headers, post.body[:2000])
        assert eventually(lambda: waiting() == 0, 60), worker.said
        assert pids(worker) == before, worker.said
    check_inbox({post.key for post in posts if post.key})


def make(dice: random.Random, shop: Shop) -> Sent:
    """Make a hostile post of a shop: most of them signed, some refused before they are read."""
    stem, topic = dice.choice(sorted(shop.front.cases.items()))
    body = hostile(dice, shop.front.body(stem))
    path = f"/webhooks/{shop.slug}"
    chance = dice.random()
    if chance < 0.02:
        headers, body = shop.front.post(shop.secret, topic, _ENDLESS)
        return Sent(path, headers, body, 413, is_chunked=dice.random() < 0.5)
    headers, body = shop.front.post(shop.secret, topic, body)
    if chance < 0.04:
        coding = dice.choice(("gzip", "br", "x", "identity, gzip"))
        return Sent(path, {**headers, "Content-Encoding": coding}, body, 415)
    return Sent(path, headers, body, *judged(dice, shop, headers, body))


def judged(
    dice: random.Random, shop: Shop, headers: dict[str, str], body: bytes
) -> tuple[int, tuple[int, str] | None, bool]:
    """Say what a post must come to: kept if its signature is good, else refused."""
    plugin = get_storefront(shop.front.platform)
    hook = Hook(body, {name.lower(): text for name, text in headers.items()}, datetime.now(UTC))
    if plugin.handshake(hook):
        return 200, None, False
    if dice.random() < 0.08:
        signature = shop.front.signature(hook).removeprefix("x-")
        for name in [name for name in headers if name.lower().removeprefix("x-") == signature]:
            del headers[name]
        return 401, None, False
    key = shop.store_id, kept_as(plugin.delivery_id(hook))
    return 200, key, dice.random() < 0.2


def kept_as(name: str) -> str:
    """Say under which name a delivery is kept: its own, or the hash of one no table takes."""
    if name.isprintable() and name == name.strip() and 0 < len(name) <= 200:
        return name
    return f"sha256-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"


def post_all(port: int, posts: list[Sent]) -> list[int]:
    """Post one after the other over a line that is kept open."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    given = []
    for post in posts:
        line.request("POST", post.path, post.pieces(), post.headers, encode_chunked=post.is_chunked)
        reply = line.getresponse()
        assert reply.read() == b""
        given.append(reply.status)
    line.close()
    return given


def pids(part: Running) -> set[int]:
    """Name the processes of a part; one that died would come back under another number."""
    return {one.pid for one in part.family()}


def waiting() -> int:
    """Count what nobody has ended yet."""
    with db.session() as session:
        return queries.depth(session, None).waiting


def check_inbox(wanted: set[tuple[int, str]]) -> None:
    """See every signed one kept once and ended: understood, or failed with its reason."""
    with db.session() as session:
        rows = session.execute(select(Webhook.store_id, Webhook.delivery_id, Webhook.state)).all()
        shown = queries.list_webhooks(session, None, state="failed", limit=NUMBER)
    assert {(row.store_id, row.delivery_id) for row in rows} == wanted
    assert len(rows) == len(wanted)
    states = Counter(row.state for row in rows)
    assert min(states["done"], states["failed"]) > 50
    assert set(states) == {"done", "failed"}
    assert len(shown) == states["failed"]
    assert all(one.error for one in shown)
    assert not [one.error for one in shown if "fault of ours" in (one.error or "")]
