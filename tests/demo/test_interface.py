"""The sample shop's interface, read by the product's own WooCommerce over a socket."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from crm.config import Settings
from crm.demo import year
from crm.demo.storefront.__main__ import Storefront, build_server
from crm.demo.storefront.memory import Memory
from crm.demo.storefront.shop import Shop
from crm.errors import Rejected
from crm.events import BuyerChanged, Event, LookUp, OrderChanged, OrderDeleted, ReviewPosted
from crm.storefronts import ApiAccess, Asked, Feed, Home, woocommerce
from tests.demo.test_story import YEAR
from tests.factories import NOW, version

HOME = Home("EUR", "Europe/Berlin", "DE", "en", dict(woocommerce.OPTIONS))
ADDRESS = "http://127.0.0.1:9/webhooks/tea-house"


@dataclass
class Open:
    """The tea house with a year behind it, and how its interface is reached."""

    storefront: Storefront
    shop: Shop
    api: ApiAccess


@pytest.fixture
def tea_house(settings: Settings, tmp_path: Path) -> Iterator[Open]:
    """A shop that has told its year."""
    del settings
    storefront = Storefront(tmp_path)
    span = {"begin_at": YEAR.begin_at.isoformat(), "end_at": YEAR.end_at.isoformat()}
    keys = {"credentials": {"tea-house": ["ck_1", "cs_1"]}}
    storefront.open(span | {"buyers": YEAR.buyers, "seed": YEAR.seed} | keys)
    shop = storefront.shops["tea-house"]
    shop.skip(NOW)
    server = build_server(storefront, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Open(
        storefront, shop, ApiAccess(f"http://127.0.0.1:{server.server_port}", "ck_1", "cs_1")
    )
    server.shutdown()
    thread.join()
    server.server_close()


def read(tea_house: Open, asked: Asked) -> dict[str, Event]:
    """Read a feed to its end; nothing in it is odd."""
    found: dict[str, Event] = {}
    bookmark, pages = asked.bookmark, 0
    while pages < 40:
        page = woocommerce.read_page(tea_house.api, HOME, Asked(asked.feed, asked.since, bookmark))
        assert not [picture for picture in page.pictures if picture.fault]
        found |= {picture.external_id: picture.events[0] for picture in page.pictures}
        bookmark, pages = page.bookmark, pages + 1
        if bookmark is None:
            return found
    raise AssertionError("the feed has no end")


@pytest.mark.parametrize(
    ("feed", "kind", "event"),
    [
        ("customers", "customers", BuyerChanged),
        ("orders", "orders", OrderChanged),
        ("reviews", "products/reviews", ReviewPosted),
    ],
)
def test_all_that_was_told_is_listed_over_pages(
    tea_house: Open, feed: Feed, kind: str, event: type[Event]
) -> None:
    found = read(tea_house, Asked(feed, None))
    assert sorted(found) == sorted(str(row["id"]) for row in tea_house.shop.rows(kind))
    assert len(found) > 40
    assert {type(one) for one in found.values()} == {event}


def test_what_changed_since_is_listed(tea_house: Open) -> None:
    since = NOW - timedelta(days=10)
    found = read(tea_house, Asked("orders", since))
    wanted = {
        str(row["id"])
        for row in tea_house.shop.rows("orders")
        if f"{row['date_modified_gmt']}+00:00" >= since.isoformat()
    }
    assert set(found) == wanted
    assert 5 < len(wanted) < 100


def test_news_are_listed_once_the_day_is_over(tea_house: Open) -> None:
    shop = Shop(tea_house.shop.sign, tea_house.shop.span)
    told = [item for item in year.news(year.story(shop.sign, shop.span)) if item.topic == "paid"]
    shop._note(told[0])
    assert shop.rows("orders") == []
    shop.settle()
    assert [row["id"] for row in shop.rows("orders")] == [told[0].about.id]


def test_one_thing_is_shown_and_what_is_not_there_is_gone(tea_house: Open) -> None:
    number = str(tea_house.shop.rows("orders")[0]["id"])
    (shown,) = woocommerce.look_up(tea_house.api, HOME, LookUp(version(), "order", number))
    assert isinstance(shown, OrderChanged)
    (gone,) = woocommerce.look_up(tea_house.api, HOME, LookUp(version(), "order", "1"))
    assert isinstance(gone, OrderDeleted)


def test_webhooks_are_registered_kept_and_say_where_news_go(tea_house: Open) -> None:
    armed = woocommerce.arm_hooks(tea_house.api, ADDRESS, "first")
    assert {hook.topic for hook in armed if hook.active} == set(woocommerce.HOOKS)
    again = woocommerce.arm_hooks(tea_house.api, ADDRESS, "second")
    assert again == armed
    tea_house.storefront.memory.keep(tea_house.storefront.shops)
    home = tea_house.storefront.memory._path
    revived = Memory(home).recall()["tea-house"]
    door = revived.hooks.find_door()
    assert door is not None
    assert (door.url, door.secret) == (ADDRESS, "second")
    assert woocommerce.list_hooks(tea_house.api, ADDRESS) == armed


def test_strangers_are_shown_nothing(tea_house: Open) -> None:
    stranger = ApiAccess(tea_house.api.url, "ck_1", "wrong")
    with pytest.raises(Rejected):
        woocommerce.list_hooks(stranger, ADDRESS)
    with pytest.raises(Rejected):
        woocommerce.read_page(stranger, HOME, Asked("orders", None))
