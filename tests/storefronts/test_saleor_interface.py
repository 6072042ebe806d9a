"""Saleor's interface: lists that leave nothing out, one webhook, and vouchers that are worth it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import Rejected, Unavailable
from crm.events import (
    BuyerChanged,
    BuyerErased,
    LookUp,
    OrderChanged,
    OrderDeleted,
    Version,
)
from crm.storefronts import ApiAccess, Asked, Home, Hook, Page, Picture, WantedCoupon, saleor
from crm.storefronts._saleor.people import GONE
from crm.storefronts._saleor.queries import SUBSCRIPTION
from tests.fakes.fronts import RECEIVED
from tests.fakes.saleor import TOKEN, Refusal, Saleor
from tests.fakes.senders import payload

HOME = Home("EUR", "Europe/Berlin", "DE", "de", dict(saleor.OPTIONS))
OURS = "https://crm.example.test/webhooks/tea-house"
WANTED = WantedCoupon(
    code="BDAY-ABC123",
    percent=15,
    amount_minor=None,
    currency="EUR",
    minimum_minor=3000,
    expires_at=datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC),
    email="ada@example.test",
    single_use=True,
)


@pytest.fixture
def shop() -> Iterator[Saleor]:
    """A shop with two channels and nothing in it."""
    with Saleor() as opened:
        opened.open_channel("closed", "EUR", active=False)
        opened.open_channel("default-channel", "EUR")
        opened.open_channel("japan", "JPY")
        yield opened


def access(shop: Saleor, **options: str) -> ApiAccess:
    return ApiAccess(shop.url, TOKEN, "", "EUR", {**saleor.OPTIONS, **options})


def keep_order(shop: Saleor, number: int, updated_at: str, **changes: Any) -> str:
    """Keep an order in the shop; gives its id."""
    told = payload("saleor/order-fully-paid")["order"]
    name = f"T3JkZXI6{number}"
    shop.orders[name] = {**told, "id": name, "updatedAt": updated_at, **changes}
    return name


def minute(number: int) -> str:
    return (
        datetime(2026, 11, 20, 9, 0, 0, 123, tzinfo=UTC) + timedelta(minutes=number)
    ).isoformat()


def every_page(shop: Saleor, asked: Asked) -> Iterator[Page]:
    for _ in range(50):
        page = saleor.read_page(access(shop), HOME, asked)
        yield page
        if page.bookmark is None:
            return
        asked = replace(asked, bookmark=page.bookmark)
    raise AssertionError("the pages do not end")


def names(pages: Any) -> list[str]:
    return [picture.external_id for page in pages for picture in page.pictures]


class TestLists:
    def test_orders_come_by_their_last_change_oldest_first(self, shop: Saleor) -> None:
        for number in (3, 1, 2):
            keep_order(shop, number, minute(number))
        (page,) = every_page(shop, Asked("orders", None))
        assert names([page]) == ["T3JkZXI61", "T3JkZXI62", "T3JkZXI63"]
        assert (page.total, page.bookmark) == (3, None)
        assert all(isinstance(picture.events[0], OrderChanged) for picture in page.pictures)
        assert shop.asked[0] == {"first": 100, "after": None, "filter": {}}

    def test_since_is_taken_along_to_the_microsecond(self, shop: Saleor) -> None:
        for number in (1, 2, 3):
            keep_order(shop, number, minute(number))
        since = datetime.fromisoformat(minute(2))
        assert names(every_page(shop, Asked("orders", since))) == ["T3JkZXI62", "T3JkZXI63"]
        later = since + timedelta(microseconds=1)
        assert names(every_page(shop, Asked("orders", later))) == ["T3JkZXI63"]

    def test_many_of_one_instant_neither_loop_nor_get_lost(self, shop: Saleor) -> None:
        shop.page = 2
        for number in range(1, 8):
            keep_order(shop, number, minute(5))
        pages = list(every_page(shop, Asked("orders", None)))
        assert names(pages) == [f"T3JkZXI6{number}" for number in range(1, 8)]
        assert len(pages) == 4

    def test_what_changes_while_it_is_read_is_read_again(self, shop: Saleor) -> None:
        shop.page = 2
        for number in range(1, 6):
            keep_order(shop, number, minute(number))
        seen: list[str] = []
        for page in every_page(shop, Asked("orders", None)):
            if not seen:
                keep_order(shop, 4, minute(90))
                keep_order(shop, 1, minute(91))
            seen += names([page])
        assert set(seen) == {f"T3JkZXI6{number}" for number in range(1, 6)}
        assert seen[-2:] == ["T3JkZXI64", "T3JkZXI61"]

    def test_a_cursor_of_another_release_is_replaced_by_its_time(self, shop: Saleor) -> None:
        shop.page = 2
        for number in range(1, 6):
            keep_order(shop, number, minute(number))
        first = saleor.read_page(access(shop), HOME, Asked("orders", None))
        kept = json.loads(first.bookmark or "")
        odd = json.dumps({**kept, "after": "%%%"})
        page = saleor.read_page(access(shop), HOME, Asked("orders", None, odd))
        assert names([page]) == ["T3JkZXI62", "T3JkZXI63"]
        with pytest.raises(Rejected):
            saleor.read_page(access(shop), HOME, Asked("orders", None, "x"))

    def test_one_odd_order_keeps_no_other_out(self, shop: Saleor) -> None:
        keep_order(shop, 1, minute(1))
        keep_order(shop, 2, minute(2), total={"gross": {"amount": "x", "currency": "EUR"}})
        keep_order(shop, 3, minute(3))
        (page,) = every_page(shop, Asked("orders", None))
        assert [bool(picture.fault) for picture in page.pictures] == [False, True, False]

    def test_a_page_that_cannot_be_told_is_read_one_by_one(self, shop: Saleor) -> None:
        for number in (1, 2, 3):
            keep_order(shop, number, minute(number))

        def break_off(operation: str, told: dict[str, Any]) -> None:
            found = [told["order"]] if operation == "OrderOf" else []
            if operation == "Orders":
                found = [edge["node"] for edge in told["orders"]["edges"]]
            if any(one["id"] == "T3JkZXI62" for one in found):
                raise Refusal("ProductVariant matching query does not exist.")

        shop.spoil = break_off
        (page,) = every_page(shop, Asked("orders", None))
        assert names([page]) == ["T3JkZXI61", "T3JkZXI62", "T3JkZXI63"]
        assert [bool(picture.fault) for picture in page.pictures] == [False, True, False]
        assert "ProductVariant" in (page.pictures[1].fault or "")

    def test_customers_are_listed_likewise(self, shop: Saleor) -> None:
        told = payload("saleor/customer-created")["user"]
        for number in (1, 2):
            name = f"VXNlcjo{number}"
            shop.customers[name] = {**told, "id": name, "updatedAt": minute(number)}
        shop.page = 1
        pages = list(every_page(shop, Asked("customers", None)))
        assert names(pages) == ["VXNlcjo1", "VXNlcjo2"]
        assert isinstance(pages[0].pictures[0].events[0], BuyerChanged)

    def test_there_are_no_reviews(self, shop: Saleor) -> None:
        with pytest.raises(Rejected):
            saleor.read_page(access(shop), HOME, Asked("reviews", None))
        with pytest.raises(Rejected):
            saleor.look_up(access(shop), HOME, LookUp(Version(RECEIVED), "review", "1"))
        assert shop.seen == []

    @pytest.mark.parametrize("stem", ["order-fully-paid", "order-refunded-partly", "order-yen"])
    def test_an_order_listed_is_the_order_that_was_posted(self, shop: Saleor, stem: str) -> None:
        told = payload(f"saleor/{stem}")
        shop.orders["x"] = told["order"]
        body = json.dumps(told).encode()
        posted = saleor.parse(Hook(body, {"saleor-event": "order_updated"}, RECEIVED), HOME)
        (page,) = every_page(shop, Asked("orders", None))
        assert page.pictures == (Picture(told["order"]["id"], posted),)

    def test_one_thing_is_looked_up_or_gone(self, shop: Saleor) -> None:
        name = keep_order(shop, 1, minute(1))
        shop.customers["VXNlcjo3"] = payload("saleor/customer-created")["user"]
        version = Version(RECEIVED, 0, "d")
        (order,) = saleor.look_up(access(shop), HOME, LookUp(version, "order", name))
        (buyer,) = saleor.look_up(access(shop), HOME, LookUp(version, "customer", "VXNlcjo3"))
        assert isinstance(order, OrderChanged)
        assert isinstance(buyer, BuyerChanged)
        (no_order,) = saleor.look_up(access(shop), HOME, LookUp(version, "order", "T3JkZXI69"))
        (no_buyer,) = saleor.look_up(access(shop), HOME, LookUp(version, "customer", "VXNlcjo9"))
        assert no_order == OrderDeleted(Version(RECEIVED, GONE, "d"), "T3JkZXI69")
        assert no_buyer == BuyerErased(Version(RECEIVED, GONE, "d"), "VXNlcjo9")

    def test_refusals_and_outages_are_told_apart(self, shop: Saleor) -> None:
        asked = Asked("orders", None)
        with pytest.raises(Rejected, match="MANAGE_ORDERS"):
            saleor.read_page(replace(access(shop), key="other"), HOME, asked)
        with pytest.raises(Rejected):
            saleor.read_page(replace(access(shop), url=f"{shop.origin}/elsewhere"), HOME, asked)
        shop.answers.append((429, None))
        with pytest.raises(Unavailable) as later:
            saleor.read_page(access(shop), HOME, asked)
        assert later.value.retry_after == 7

    def test_the_address_may_be_the_shop_s_or_the_interface_s(self, shop: Saleor) -> None:
        for url in (shop.origin, f"{shop.origin}/", f"{shop.origin}/graphql", shop.url):
            page = saleor.read_page(replace(access(shop), url=url), HOME, Asked("orders", None))
            assert page.pictures == ()


class TestHooks:
    def test_one_webhook_is_made_for_all_events(self, shop: Saleor) -> None:
        armed = saleor.arm_hooks(access(shop), OURS, "")
        (webhook,) = shop.webhooks.values()
        assert {hook.topic for hook in armed} == set(saleor.HOOKS)
        assert all(hook.active and hook.address == OURS for hook in armed)
        assert webhook["subscriptionQuery"] == SUBSCRIPTION
        assert "secretKey" not in webhook
        assert {one["eventType"] for one in webhook["asyncEvents"]} == {
            topic.upper() for topic in saleor.HOOKS
        }

    def test_twice_is_once(self, shop: Saleor) -> None:
        first = saleor.arm_hooks(access(shop), OURS, "")
        shop.seen.clear()
        assert saleor.arm_hooks(access(shop), f"{OURS}/", "")[0].external_id == first[0].external_id
        assert (len(shop.webhooks), set(shop.seen)) == (1, {"Webhooks"})

    @pytest.mark.parametrize(
        "damage",
        [
            {"isActive": False},
            {"asyncEvents": [{"eventType": "ORDER_CREATED"}, {"eventType": "ORDER_BULK_CREATED"}]},
            {"subscriptionQuery": None},
            {"subscriptionQuery": "subscription { event { issuedAt } }"},
            {"name": "made by hand"},
        ],
        ids=lambda damage: next(iter(damage)),
    )
    def test_what_was_changed_there_is_mended(self, shop: Saleor, damage: dict[str, Any]) -> None:
        saleor.arm_hooks(access(shop), OURS, "")
        (webhook,) = shop.webhooks.values()
        webhook |= damage
        listed = {hook.topic: hook.active for hook in saleor.list_hooks(access(shop), OURS)}
        if "isActive" in damage:
            assert not any(listed.values())
        armed = saleor.arm_hooks(access(shop), OURS, "")
        assert len(shop.webhooks) == 1
        assert {hook.topic for hook in armed if hook.active} >= set(saleor.HOOKS)
        assert webhook["subscriptionQuery"] == SUBSCRIPTION
        if "asyncEvents" in damage:
            assert "order_bulk_created" in {hook.topic for hook in armed}

    def test_the_webhooks_of_others_are_left_alone(self, shop: Saleor) -> None:
        other = {"id": "W", "name": "Regulars", "targetUrl": "https://other.example.test/x"}
        shop.webhooks["W"] = {**other, "isActive": False, "asyncEvents": []}
        assert saleor.list_hooks(access(shop), OURS) == ()
        saleor.arm_hooks(access(shop), OURS, "")
        assert (len(shop.webhooks), shop.webhooks["W"]["isActive"]) == (2, False)

    def test_of_two_for_one_event_the_active_one_counts(self, shop: Saleor) -> None:
        event = [{"eventType": "ORDER_PAID"}]
        for name, active in (("A", False), ("B", True), ("C", False)):
            hook = {"id": name, "name": "x", "targetUrl": OURS, "isActive": active}
            shop.webhooks[name] = {**hook, "asyncEvents": event}
        (found,) = saleor.list_hooks(access(shop), OURS)
        assert (found.external_id, found.topic, found.active) == ("B", "order_paid", True)

    def test_a_secret_makes_the_older_kind(self, shop: Saleor) -> None:
        for secret in ("s3cr3t", "changed"):
            saleor.arm_hooks(access(shop), OURS, secret)
            (webhook,) = shop.webhooks.values()
            assert webhook["secretKey"] == secret

    def test_a_refusal_says_why(self, shop: Saleor) -> None:
        fault = {"field": "targetUrl", "code": "INVALID", "message": "Enter a valid URL."}
        shop.answers.extend(
            [
                (200, {"data": {"app": {"webhooks": []}}}),
                (200, {"data": {"webhookCreate": {"errors": [fault], "webhook": None}}}),
            ]
        )
        with pytest.raises(Rejected, match="valid URL"):
            saleor.arm_hooks(access(shop), OURS, "")


class TestVouchers:
    def test_a_code_is_made_listed_and_read_back(self, shop: Saleor) -> None:
        made = saleor.create_coupon(access(shop), WANTED)
        assert (made.code, made.percent, made.amount_minor) == ("BDAY-ABC123", 15, None)
        assert (made.expires_at, made.usage_limit) == (WANTED.expires_at, 1)
        kept = shop.vouchers[made.external_id]
        assert (kept["type"], kept["singleUse"], kept["usageLimit"]) == ("ENTIRE_ORDER", True, 1)
        assert kept["applyOncePerCustomer"] is True
        (listing,) = kept["channelListings"]
        assert listing["channel"]["slug"] == "default-channel"
        assert listing["minSpent"]["amount"] == 30
        assert shop.seen == ["Channels", "CreateVoucher", "ListVoucher", "VoucherOf"]
        assert saleor.find_coupon(access(shop), WANTED.code) == made

    def test_amounts_and_halves_stay_exact(self, shop: Saleor) -> None:
        half = replace(WANTED, percent=Decimal("12.5"), minimum_minor=None)
        assert saleor.create_coupon(access(shop), half).percent == Decimal("12.5")
        euros = replace(WANTED, code="E", percent=None, amount_minor=1250, single_use=False)
        made = saleor.create_coupon(access(shop), euros)
        assert (made.percent, made.amount_minor, made.usage_limit) == (None, 1250, None)
        yen = replace(euros, code="Y", amount_minor=500, currency="JPY", minimum_minor=None)
        there = replace(access(shop), currency="JPY")
        assert saleor.create_coupon(there, yen).amount_minor == 500

    def test_the_channel_may_be_chosen(self, shop: Saleor) -> None:
        saleor.create_coupon(access(shop, channel="closed"), WANTED)
        (voucher,) = shop.vouchers.values()
        assert voucher["channelListings"][0]["channel"]["slug"] == "closed"
        for options, currency in (({"channel": "japan"}, "EUR"), ({}, "USD")):
            with pytest.raises(Rejected, match="option channel"):
                saleor.create_coupon(
                    access(shop, **options), replace(WANTED, code="N", currency=currency)
                )
        assert len(shop.vouchers) == 1

    def test_a_code_that_exists_is_adopted(self, shop: Saleor) -> None:
        first = saleor.create_coupon(access(shop), WANTED)
        assert saleor.create_coupon(access(shop), WANTED) == first
        assert saleor.find_coupon(access(shop), "bday-abc123") == first
        assert len(shop.vouchers) == 1

    def test_a_making_that_broke_off_is_finished(self, shop: Saleor) -> None:
        def hang_up(operation: str, told: dict[str, Any]) -> None:
            if operation == "CreateVoucher":
                shop.spoil = None
                told.clear()

        shop.spoil = hang_up
        with pytest.raises(Rejected):
            saleor.create_coupon(access(shop), WANTED)
        unlisted = saleor.find_coupon(access(shop), WANTED.code)
        assert unlisted
        assert (unlisted.percent, unlisted.amount_minor) == (None, None)
        made = saleor.create_coupon(access(shop), WANTED)
        assert (made.external_id, made.percent) == (unlisted.external_id, 15)

    def test_a_voucher_of_the_seller_is_not_changed(self, shop: Saleor) -> None:
        theirs = {"id": "V", "name": "Mine", "type": "SHIPPING", "discountValueType": "PERCENTAGE"}
        shop.vouchers["V"] = {**theirs, "codes": [WANTED.code], "channelListings": []}
        made = saleor.create_coupon(access(shop), WANTED)
        assert (made.external_id, made.percent, made.amount_minor) == ("V", None, None)
        assert shop.vouchers["V"]["channelListings"] == []

    def test_a_voucher_that_cannot_be_listed_is_deleted(self, shop: Saleor) -> None:
        with pytest.raises(Rejected, match="Invalid percentage"):
            saleor.create_coupon(access(shop), replace(WANTED, percent=101))
        assert shop.vouchers == {}

    def test_another_minimum_than_asked_is_refused(self, shop: Saleor) -> None:
        def forget_minimum(operation: str, told: dict[str, Any]) -> None:
            if operation == "VoucherOf":
                told["voucher"]["channelListings"][0]["minSpent"] = None

        shop.spoil = forget_minimum
        with pytest.raises(Rejected, match="minimum"):
            saleor.create_coupon(access(shop), WANTED)
        assert shop.vouchers == {}

    def test_what_is_worth_nothing_is_not_made(self, shop: Saleor) -> None:
        with pytest.raises(Rejected, match="percentage or an amount"):
            saleor.create_coupon(access(shop), replace(WANTED, percent=None))
        assert shop.vouchers == {}

    def test_a_code_taken_by_a_gift_card_is_asked_again_later(self, shop: Saleor) -> None:
        fault = {"field": "codes", "code": "ALREADY_EXISTS", "message": "Promo code exists."}
        saleor.find_coupon(access(shop), "x")
        shop.answers.extend(
            [
                (200, {"data": {"channels": shop.channels}}),
                (200, {"data": {"voucherCreate": {"errors": [fault], "voucher": None}}}),
            ]
        )
        with pytest.raises(Unavailable):
            saleor.create_coupon(access(shop), WANTED)

    def test_a_search_that_finds_patterns_is_not_believed(self, shop: Saleor) -> None:
        saleor.create_coupon(access(shop), replace(WANTED, code="TEAX1"))
        assert saleor.find_coupon(access(shop), "TEA_1") is None
        assert saleor.find_coupon(access(shop), "%") is None

    def test_a_voided_code_is_gone_and_twice_is_once(self, shop: Saleor) -> None:
        made = saleor.create_coupon(access(shop), WANTED)
        saleor.void_coupon(access(shop), made.external_id)
        saleor.void_coupon(access(shop), made.external_id)
        assert shop.vouchers == {}
        assert saleor.find_coupon(access(shop), WANTED.code) is None
        with pytest.raises(Rejected):
            saleor.void_coupon(access(shop), '"} { x')
