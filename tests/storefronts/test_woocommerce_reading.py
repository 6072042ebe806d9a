"""What WooCommerce lists: all of it, also while it changes, and the same as its webhooks say."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from crm import config
from crm.config import Settings
from crm.errors import Rejected, Unavailable
from crm.events import (
    BuyerChanged,
    BuyerErased,
    Event,
    LookUp,
    Noted,
    OrderChanged,
    OrderDeleted,
    ReviewDeleted,
    ReviewPosted,
    Version,
)
from crm.storefronts import ApiAccess, Asked, Feed, Home, Hook, Page, Picture, woocommerce
from tests.fakes.senders import woo_post
from tests.fakes.woocommerce import KEY, SECRET, Shop, shown

HOME = Home("EUR", "Europe/Berlin", "DE", "de", dict(woocommerce.OPTIONS))
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    """A shop with empty books."""
    with Shop() as opened:
        yield opened


def access(shop: Shop, path: str = "") -> ApiAccess:
    return ApiAccess(shop.url + path, KEY, SECRET, "EUR", dict(woocommerce.OPTIONS))


def gmt(seconds: int) -> str:
    return f"{NOON + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}"


def pages(shop: Shop, feed: Feed, since: datetime | None = None) -> list[Page]:
    """Read a feed to its end; one that does not end fails."""
    found: list[Page] = []
    bookmark: str | None = None
    for _ in range(60):
        found.append(woocommerce.read_page(access(shop), HOME, Asked(feed, since, bookmark)))
        bookmark = found[-1].bookmark
        if bookmark is None:
            return found
    raise AssertionError("the reading does not end")


def pictures(shop: Shop, feed: Feed, since: datetime | None = None) -> list[Picture]:
    return [picture for page in pages(shop, feed, since) for picture in page.pictures]


def names(shop: Shop, feed: Feed, since: datetime | None = None) -> set[str]:
    return {picture.external_id for picture in pictures(shop, feed, since)}


def numbers(*ranges: range) -> set[str]:
    return {str(number) for one in ranges for number in one}


class TestOrders:
    def test_come_oldest_change_first_with_their_number(self, shop: Shop) -> None:
        for number in range(1, 251):
            shop.order(number, gmt(number // 2))
        read = pages(shop, "orders")
        assert {one.external_id for page in read for one in page.pictures} == numbers(range(1, 251))
        assert [page.total for page in read][:2] == [250, None]
        times = [event.version.at for page in read for one in page.pictures for event in told(one)]
        assert times[:100] == sorted(times[:100])
        assert len(times) < 260

    def test_since_is_inclusive_and_in_gmt_whatever_the_site_s_zone(self, shop: Shop) -> None:
        for number in range(5):
            shop.order(number + 1, gmt(number))
        assert names(shop, "orders", NOON + timedelta(seconds=3)) == {"4", "5"}

    def test_the_same_order_by_webhook_and_by_reading_is_the_same_event(self, shop: Shop) -> None:
        order = shop.order(7, gmt(0))
        (picture,) = pictures(shop, "orders")
        assert picture.events == by_webhook("order.updated", order)
        assert picture.events == look_up(shop, "order", "7")
        spelled = {name: order[name] for name in reversed(order) if name != "_links"}
        assert by_webhook("order.updated", spelled) == picture.events

    def test_orders_that_change_between_two_pages_are_met_again(self, shop: Shop) -> None:
        for number in range(1, 251):
            shop.order(number, gmt(number))

        def change() -> None:
            for number in range(40, 90):  # all of them on the page that was just read
                shop.order(number, gmt(900 + number), status="completed")

        shop.between.append(change)
        read = pictures(shop, "orders")
        assert {one.external_id for one in read} == numbers(range(1, 251))
        last = {one.external_id: one for one in read}
        event = last["40"].events[0]
        assert isinstance(event, OrderChanged)
        assert event.status == "closed"

    @pytest.mark.parametrize("size", [99, 100, 101, 350])
    def test_a_second_with_more_orders_than_a_page_does_not_loop(
        self, shop: Shop, size: int
    ) -> None:
        shop.order(1, gmt(0))
        for number in range(2, size + 2):
            shop.order(number, gmt(5))
        shop.order(900, gmt(6))
        assert names(shop, "orders") == numbers(range(1, size + 2)) | {"900"}

    def test_orders_that_leave_a_full_second_leave_nobody_out(self, shop: Shop) -> None:
        for number in range(1, 401):
            shop.order(number, gmt(5))

        def change() -> None:
            for number in range(1, 31):
                shop.order(number, gmt(50))

        shop.between.extend([lambda: None, lambda: None, lambda: None, change])
        assert names(shop, "orders") == numbers(range(1, 401))

    def test_a_shop_that_does_not_keep_the_order_asked_for_is_read_by_id(self, shop: Shop) -> None:
        shop.muddled = True
        for number in range(1, 260):
            shop.order(number, gmt(number))
        shop.order(400, gmt(400), status="trash")
        assert names(shop, "orders") == numbers(range(1, 260)) | {"400"}
        assert names(shop, "orders", NOON + timedelta(seconds=100)) == (
            numbers(range(100, 260)) | {"400"}
        )

    def test_the_trash_is_read_after_them_and_deletes(self, shop: Shop) -> None:
        shop.order(1, gmt(1))
        trashed = shop.order(2, gmt(2), status="trash")
        read = pictures(shop, "orders")
        assert [one.external_id for one in read] == ["1", "2"]
        (gone,) = read[1].events
        assert isinstance(gone, OrderDeleted)
        assert gone.version.at == NOON + timedelta(seconds=2)
        (live,) = by_webhook("order.updated", {**trashed, "status": "completed"})
        assert isinstance(live, OrderChanged)
        assert live.version < gone.version

    def test_an_order_back_from_the_trash_is_newer_than_its_deletion(self, shop: Shop) -> None:
        shop.order(2, gmt(2), status="trash")
        (gone,) = pictures(shop, "orders")[0].events
        shop.order(2, gmt(3), status="processing")
        (back,) = pictures(shop, "orders")[0].events
        assert isinstance(gone, OrderDeleted)
        assert isinstance(back, OrderChanged)
        assert back.version > gone.version

    def test_an_odd_order_is_a_fault_and_spares_the_others(self, shop: Shop) -> None:
        shop.order(1, gmt(1), total="lots")
        shop.order(2, gmt(2), meta_data=[{"key": "\0*\0secret", "value": "\0"}])
        shop.order(3, gmt(3))
        shop.order(4, gmt(4), status="checkout-draft")
        odd, worse, good, draft = pictures(shop, "orders")
        assert odd.fault
        assert "total" in odd.fault
        assert (worse.external_id, worse.events) == ("2", ())
        assert worse.fault
        assert isinstance(good.events[0], OrderChanged)
        assert isinstance(draft.events[0], Noted)

    def test_a_page_too_large_to_read_is_asked_for_in_smaller_ones(self, shop: Shop) -> None:
        for number in range(1, 31):
            shop.order(number, gmt(number // 9))
        shop.narrow = 4
        assert names(shop, "orders") == numbers(range(1, 31))
        sizes = [path.partition("per_page=")[2].partition("&")[0] for _, path in shop.requests]
        assert sizes[:3] == ["100", "20", "4"]
        assert set(sizes[3:]) == {"4"}

    def test_a_shop_that_breaks_over_a_large_page_is_asked_for_small_ones(self, shop: Shop) -> None:
        for number in range(1, 31):
            shop.order(number, gmt(number // 9))
        shop.short_of_memory = 20
        assert names(shop, "orders") == numbers(range(1, 31))
        shop.short_of_memory = 0
        with pytest.raises(Unavailable, match="500"):
            pages(shop, "orders")

    @pytest.mark.parametrize("feed", ["orders", "customers", "reviews"])
    def test_a_thing_that_the_shop_breaks_over_is_a_fault_and_stops_nothing(
        self, shop: Shop, feed: Feed
    ) -> None:
        config.use(replace(config.settings(), sweep_seconds=0.01))
        for number in range(1, 131):
            shop.order(number, gmt(number // 3))
            shop.customer(number, gmt(number))
            shop.review(number, gmt(number))
        shop.poison = {1, 62, 63, 130}
        read = pictures(shop, feed)
        assert {one.external_id for one in read} == numbers(range(1, 131))
        assert {one.external_id for one in read if one.fault} == {"1", "62", "63", "130"}
        assert len(shop.requests) < 200

    @pytest.mark.parametrize("seed", range(12))
    def test_whatever_changes_meanwhile_two_readings_know_it_all(
        self, shop: Shop, seed: int
    ) -> None:
        dice = random.Random(seed)
        for number in range(1, 40):
            shop.order(number, gmt(dice.randrange(12)))
        known: dict[str, Any] = {}

        def change(second: int) -> None:
            for _ in range(dice.randrange(4)):
                status = dice.choice(["processing", "completed", "trash"])
                shop.order(dice.randrange(1, 60), gmt(second), status=status)

        shop.narrow = 4
        shop.between.extend(partial(change, 20 + turn) for turn in range(18))
        for since in (None, NOON + timedelta(seconds=20)):
            for picture in pictures(shop, "orders", since):
                (event,) = told(picture)
                before = known.get(picture.external_id)
                if before is None or before.version <= event.version:
                    known[picture.external_id] = event
        gone = {str(key) for key, one in shop.orders.items() if one["status"] == "trash"}
        assert {key for key, event in known.items() if isinstance(event, OrderDeleted)} == gone
        assert set(known) == {str(key) for key in shop.orders}

    def test_guests_are_read_like_anybody(self, shop: Shop) -> None:
        shop.order(1, gmt(1), customer_id=0)
        (event,) = pictures(shop, "orders")[0].events
        assert isinstance(event, OrderChanged)
        assert event.person
        assert event.person.external_id is None
        assert event.person.email == "Mei.Lin@Example.test"

    def test_orders_without_a_time_cannot_be_walked(self, shop: Shop) -> None:
        for number in range(1, 120):
            shop.order(number, "")
        with pytest.raises(Rejected, match="when its orders were changed"):
            pictures(shop, "orders")

    @pytest.mark.parametrize("bookmark", ["", "x", "{}", "[1]", '{"status":"any","odd":1}'])
    def test_a_bookmark_of_others_is_refused(self, shop: Shop, bookmark: str) -> None:
        with pytest.raises(Rejected, match="bookmark"):
            woocommerce.read_page(access(shop), HOME, Asked("orders", None, bookmark))


class TestCustomers:
    def test_all_are_read_by_id(self, shop: Shop) -> None:
        for number in range(1, 231):
            shop.customer(number, gmt(-number))
        shop.customer(300, gmt(0), role="administrator")
        read = pages(shop, "customers")
        everybody = [one for page in read for one in page.pictures]
        assert {one.external_id for one in everybody} == numbers(range(1, 231)) | {"300"}
        assert isinstance(everybody[-1].events[0], Noted)
        assert read[0].total == 231

    def test_the_same_customer_by_webhook_is_the_same_event(self, shop: Shop) -> None:
        told = shop.customer(25, gmt(0))
        (picture,) = pictures(shop, "customers")
        assert picture.events == by_webhook("customer.updated", told)
        assert isinstance(picture.events[0], BuyerChanged)

    def test_customers_deleted_between_two_pages_hide_nobody(self, shop: Shop) -> None:
        for number in range(1, 301):
            shop.customer(number, gmt(number))
        left = numbers(range(40, 301))

        def delete() -> None:
            for number in range(1, 40):
                del shop.customers[number]

        shop.between.append(delete)
        assert left <= names(shop, "customers")

    def test_only_those_who_came_or_changed_lately_are_looked_for(self, shop: Shop) -> None:
        for number in range(1, 301):
            shop.customer(number, gmt(-86_400))
        shop.customer(250, gmt(-86_400), date_modified_gmt=gmt(2))
        for number in range(301, 421):
            shop.customer(number, gmt(number))
        found = names(shop, "customers", NOON)
        assert found == numbers(range(301, 421)) | {"250"}
        assert len(shop.requests) == 3

    def test_newcomers_between_two_pages_hide_nobody(self, shop: Shop) -> None:
        for number in range(1, 251):
            shop.customer(number, gmt(number))
        shop.between.append(lambda: [shop.customer(number, gmt(number)) for number in (251, 252)])
        assert numbers(range(1, 251)) <= names(shop, "customers", NOON)


class TestReviews:
    def test_those_shown_waiting_in_the_spam_and_in_the_trash(self, shop: Shop) -> None:
        for number, status in enumerate(("approved", "hold", "spam", "trash"), 1):
            shop.review(number, gmt(number), status=status)
        kinds = {one.external_id: type(one.events[0]) for one in pictures(shop, "reviews")}
        assert kinds == {
            "1": ReviewPosted,
            "2": ReviewPosted,
            "3": ReviewDeleted,
            "4": ReviewDeleted,
        }

    def test_the_reviewer_s_account_is_read_from_its_link(self, shop: Shop) -> None:
        shop.review(1, gmt(1))
        shop.review(2, gmt(1), _links={})
        first, second = (told(one)[0] for one in pictures(shop, "reviews"))
        assert isinstance(first, ReviewPosted)
        assert isinstance(second, ReviewPosted)
        assert first.person
        assert second.person
        assert (first.person.external_id, second.person.external_id) == ("25", None)
        assert first.posted_at == first.version.at == NOON + timedelta(seconds=1)

    def test_with_our_plugin_an_edit_has_its_own_time(self, shop: Shop) -> None:
        shop.review(1, gmt(1), date_modified_gmt=gmt(90), rating=1)
        (event,) = pictures(shop, "reviews")[0].events
        assert isinstance(event, ReviewPosted)
        assert event.version.at == NOON + timedelta(seconds=90)

    def test_since_leaves_out_older_ones_and_nothing_newer(self, shop: Shop) -> None:
        shop.review(1, gmt(-2 * 86_400))
        for number in range(2, 300):
            shop.review(number, gmt(number - 2))
        assert names(shop, "reviews", NOON) == numbers(range(2, 300))


class TestLookingUp:
    def test_what_is_gone_was_deleted(self, shop: Shop) -> None:
        kinds = [type(look_up(shop, kind, "5")[0]) for kind in ("order", "customer", "review")]
        assert kinds == [OrderDeleted, BuyerErased, ReviewDeleted]

    def test_what_is_there_is_read(self, shop: Shop) -> None:
        shop.customer(5, gmt(0))
        shop.review(6, gmt(0))
        assert isinstance(look_up(shop, "customer", "5")[0], BuyerChanged)
        assert isinstance(look_up(shop, "review", "6")[0], ReviewPosted)

    def test_a_shop_that_moved_away_deletes_nothing(self, shop: Shop) -> None:
        wanted = LookUp(Version(NOON), "order", "5")
        with pytest.raises(Rejected, match="no WooCommerce interface"):
            woocommerce.look_up(access(shop, "/wp-json/other"), HOME, wanted)

    @pytest.mark.parametrize("name", ["../5", "", "5/refunds", "５"])
    def test_only_a_number_becomes_part_of_an_address(self, shop: Shop, name: str) -> None:
        with pytest.raises(Rejected):
            look_up(shop, "order", name)
        assert shop.requests == []


class TestRefusals:
    def test_a_shop_without_tls_is_told_to_give_its_https_address(self, shop: Shop) -> None:
        shop.plain = True
        with pytest.raises(Rejected, match="https address"):
            pages(shop, "orders")

    def test_a_wrong_key_says_what_it_needs(self, shop: Shop) -> None:
        api = replace(access(shop), key="ck_other")
        with pytest.raises(Rejected, match=r"refuses our key|https"):
            woocommerce.read_page(api, HOME, Asked("orders", None))

    def test_a_throttled_shop_is_asked_later(self, shop: Shop) -> None:
        shop.refusals.append(429)
        with pytest.raises(Unavailable) as later:
            pages(shop, "orders")
        assert later.value.retry_after == 7

    def test_a_short_trouble_is_tried_over(self, shop: Shop) -> None:
        shop.order(1, gmt(1))
        shop.refusals.extend([500, 502])
        assert names(shop, "orders") == {"1"}

    def test_an_address_below_the_interface_is_refused(self, shop: Shop) -> None:
        api = access(shop, "/wp-json/wc/v3/orders/1")
        with pytest.raises(Rejected, match="no WooCommerce interface"):
            woocommerce.read_page(api, HOME, Asked("orders", None))

    @pytest.mark.parametrize(
        "path",
        ["", "/", "/wp-json", "/wp-json/wc/v3/", "/?rest_route=/", "/index.php?rest_route=/wc/v3"],
    )
    def test_the_address_may_be_written_in_many_ways(self, shop: Shop, path: str) -> None:
        shop.order(1, gmt(1))
        page = woocommerce.read_page(access(shop, path), HOME, Asked("orders", None))
        assert len(page.pictures) == 1


def told(picture: Picture) -> Any:
    assert picture.fault is None
    return picture.events


def look_up(shop: Shop, kind: Any, name: str) -> tuple[Event, ...]:
    return woocommerce.look_up(access(shop), HOME, LookUp(Version(NOON), kind, name))


def by_webhook(topic: str, body: dict[str, Any]) -> tuple[Event, ...]:
    headers, content = woo_post("s", topic, json.dumps(shown(body), indent=1).encode())
    lower = {name.lower(): text for name, text in headers.items()}
    return woocommerce.parse(Hook(content, lower, NOON + timedelta(hours=3)), HOME)
