"""A webhook that kills whoever works on it is put aside; the command lets it through again."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from sqlalchemy import select

from crm import db, queue
from crm.config import Settings
from crm.webhooks import inbox, jobs, process
from crm.webhooks.inbox import Delivery
from crm.webhooks.models import Webhook
from tests.factories import NOW
from tests.fakes.fronts import Shop, connect, get_front
from tests.fakes.senders import payload
from tests.flows.running import command, eventually

pytestmark = pytest.mark.early
# A worker as any other, but that one order makes its process die on the spot, as a fault in a
# library written in C would.
_FRAIL = """
import os, signal, sys
from crm import ingest
from crm.cli import main
from crm.events import OrderChanged

take = ingest.FACTS[OrderChanged]

def die(session, store, event, now):
    if event.external_id == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    return take(session, store, event, now)

ingest.FACTS[OrderChanged] = die
sys.argv = ["crm", "worker"]
main()
"""


def test_a_webhook_that_kills_three_workers_is_put_aside_and_the_others_go_on(
    database: None, valkey: redis.Redis, settings: Settings, tmp_path: Path
) -> None:
    shop = connect(get_front("standard"))
    for number in range(30):
        keep(shop, "poison" if number == 7 else f"o{number}")
    died = 0
    with (tmp_path / "worker.log").open("ab") as log:
        while states() != {"failed": 1, "done": 29} and died < 6:
            worker = subprocess.Popen([sys.executable, "-c", _FRAIL], stdout=log, stderr=log)
            ended = eventually(lambda one=worker: is_over(one), 20)  # type: ignore[misc]
            died += worker.poll() is not None
            worker.kill()
            worker.wait()
            assert ended, (tmp_path / "worker.log").read_text()[-3000:]
    assert states() == {"failed": 1, "done": 29}
    assert died == inbox.MOST_CLAIMS
    (row,) = command(dict(os.environ), "inbox", "list", "--state", "failed", "--json")
    assert (row["delivery_id"], row["attempts"]) == ("poison", inbox.MOST_CLAIMS)
    assert "workers stopped" in row["error"]
    assert command(dict(os.environ), "inbox", "replay", row["id"], "--json") == {"replayed": 1}
    assert process.drain(NOW) == 1
    assert states() == {"done": 30}


def test_a_repeat_is_a_repeat_long_after_its_body_was_forgotten(
    database: None, at: Callable[[str], None]
) -> None:
    shop = connect(get_front("standard"))
    keep(shop, "o1")
    assert process.drain(NOW) == 1
    at("2027-11-21T09:00:00Z")
    assert jobs.forget_bodies() == 1
    keep(shop, "o1")
    assert process.drain(NOW) == 0
    assert states() == {"done": 1}


def is_over(worker: "subprocess.Popen[bytes]") -> bool:
    """Ring until the worker is dead, or all is done but what was put aside."""
    queue.ring("crm.webhooks.jobs.drain_inbox")
    return worker.poll() is not None or states() == {"failed": 1, "done": 29}


def keep(shop: Shop, order: str) -> None:
    """Put an order into the inbox."""
    body = payload("standard/order-paid")
    body["data"] |= {"id": order, "customer": {"email": f"{order}@example.test"}}
    headers, content = shop.front.post(shop.secret, "order.paid", body)
    inbox.keep_at_once(
        Delivery(shop.store_id, "standard", order, "order.paid", headers, NOW, content)
    )


def states() -> dict[str, int]:
    """Count webhooks by state."""
    with db.session() as session:
        found = list(session.scalars(select(Webhook.state)))
    return {state: found.count(state) for state in sorted(set(found), reverse=True)}
