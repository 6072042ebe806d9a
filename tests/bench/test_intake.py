"""`crm bench intake`: ours and the floor do the same work, and every figure is there."""

import json

import pytest
from click.testing import CliRunner

from crm import config
from crm.bench import orders
from crm.cli import main
from crm.config import Settings
from crm.storefronts import Hook, get_storefront, home_of
from crm.stores.models import Store
from tests.factories import NOW

pytestmark = pytest.mark.early


def test_every_figure_is_measured_and_nothing_stays_behind(settings: Settings) -> None:
    before = config.settings()
    done = CliRunner().invoke(main, ["bench", "intake", "--size", "70", "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.output)
    assert (figures["bench"], figures["size"]) == ("intake", 70)
    for name in ("", "whole_"):
        assert 0.01 < figures[f"{name}ratio"] < 10
        assert figures[f"{name}rate"] > 1
        assert figures[f"{name}floor_rate"] > 1
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert figures["memory_mb"] > 10
    assert config.settings() == before


def test_sample_orders_are_of_a_usual_size_and_differ() -> None:
    bodies = [orders.body(number, 300) for number in range(300)]
    assert len(set(bodies)) == 300
    assert 5_000 < sum(map(len, bodies)) / 300 < 7_000


def test_a_sample_order_is_read_whole() -> None:
    woo = get_storefront("woocommerce")
    shop = Store(
        platform="woocommerce", currency="EUR", timezone="Europe/Berlin", locale="de", options={}
    )
    hook = Hook(orders.body(2, 300), {"x-wc-webhook-topic": "order.updated"}, NOW)
    (event,) = woo.parse(hook, home_of(shop))
    assert (event.external_id, event.status, event.fulfillment_status) == (
        "50000",
        "closed",
        "fulfilled",
    )
    assert event.person.email == "buyer0@shop.example"
    assert [item.total_minor for item in event.items] == [1290]
    assert event.total_minor == 1780
