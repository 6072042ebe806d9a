"""The spool: in order of arrival whoever writes, emptied by one at a time, nothing stuck in it."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm import db
from crm.config import Settings
from crm.webhooks import refill, spool
from crm.webhooks.inbox import Delivery
from crm.webhooks.models import Webhook
from tests.factories import NOW
from tests.webhooks.conftest import Sender


def delivery(shop: Sender, name: str, seconds: float = 0.0, store_id: int = 0) -> Delivery:
    """Make a webhook that came some seconds after noon."""
    arrived = NOW + timedelta(seconds=seconds)
    whose = store_id or shop.store_id
    return Delivery(whose, "standard", name, "ping", {"a": "b"}, arrived, b'{"type":"ping"}')


def kept() -> list[str]:
    """Name what the inbox holds, in its order."""
    with db.session() as session:
        return list(session.scalars(select(Webhook.delivery_id).order_by(Webhook.id)))


def test_it_goes_to_the_inbox_in_the_order_of_arrival(shop: Sender) -> None:
    for name, seconds in (("late", 1.5), ("first", 0.0), ("second", 1.0), ("same", 1.5)):
        spool.write(delivery(shop, name, seconds))
    assert refill.replay_spool() == 4
    assert kept() == ["first", "second", "late", "same"]


def test_one_at_a_time_empties_it(shop: Sender) -> None:
    for number in range(300):
        spool.write(delivery(shop, f"d{number:03}", number))
    with spool.emptying() as is_ours:
        assert is_ours
        assert refill.replay_spool() == 0
    with ThreadPoolExecutor(4) as pool:
        moved = sum(pool.map(lambda _: refill.replay_spool(), range(40)))
    moved += refill.replay_spool() + refill.replay_spool()
    assert moved == 300
    assert kept() == [f"d{number:03}" for number in range(300)]


def test_one_that_no_database_takes_is_put_aside(shop: Sender) -> None:
    spool.write(delivery(shop, "of a store that is gone", 0, store_id=99_999))
    spool.write(delivery(shop, "good", 1))
    assert refill.replay_spool() == 1
    assert (kept(), len(list(spool.broken()))) == (["good"], 1)


def test_a_draft_of_a_dead_process_is_swept_after_an_hour(shop: Sender, settings: Settings) -> None:
    spool.write(delivery(shop, "good"))
    folder = settings.data_dir / "spool"
    young, old = folder / "1.draft", folder / "2.draft"
    for draft in (young, old):
        draft.write_bytes(b"half")
    os.utime(old, (time.time() - 3700,) * 2)
    assert refill.replay_spool() == 1
    assert [place.name for place in folder.glob("*.draft")] == ["1.draft"]
    young.unlink()


def test_what_cannot_be_written_leaves_nothing_behind(
    shop: Sender, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        spool.write(delivery(shop, "x"))
    folder = settings.data_dir / "spool"
    assert [place.name for place in folder.iterdir() if place.name != ".lock"] == []
