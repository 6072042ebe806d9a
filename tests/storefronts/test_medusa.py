"""Medusa: its orders say the same by plugin and by interface, its codes end when they should."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crm.config import Settings
from crm.errors import Rejected, Unavailable
from crm.events import (
    Birthday,
    BuyerChanged,
    BuyerErased,
    Event,
    LookUp,
    Noted,
    OrderChanged,
    OrderDeleted,
    Version,
)
from crm.storefronts import ApiAccess, Asked, Home, Hook, WantedCoupon, medusa
from tests.fakes.medusa import KEY, HangUp, Shop
from tests.fakes.senders import raw

SHAPES = Path(__file__).parents[2] / "integrations" / "medusa" / "test" / "shapes"
RECEIVED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
HOME = Home("EUR", "Europe/Berlin", "DE", "de", medusa.OPTIONS)
ORDERS = ("order-paid", "order-refunded", "order-cancelled", "order-delivered")
WANTED = WantedCoupon(
    code="BDAY-Abc123",
    percent=Decimal("12.5"),
    amount_minor=None,
    currency="EUR",
    minimum_minor=3000,
    expires_at=datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC),
    email="ada@example.test",
    single_use=True,
)


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    """A server with nothing in it."""
    with Shop() as opened:
        yield opened


def shape(name: str) -> dict[str, Any]:
    """Read a thing as the Admin API gives it."""
    found: dict[str, Any] = json.loads((SHAPES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def access(shop: Shop, **options: str) -> ApiAccess:
    """Give a secret key."""
    return ApiAccess(shop.url, KEY, "", "EUR", {**medusa.OPTIONS, **options})


def posted(stem: str) -> OrderChanged:
    """Read what our plugin posts of an order."""
    (event,) = medusa.parse(Hook(raw(f"medusa/{stem}"), {}, RECEIVED), HOME)
    assert isinstance(event, OrderChanged)
    return event


def undigested(event: Event) -> Event:
    """Take away the digest, which is of the bytes."""
    assert isinstance(event, OrderChanged | BuyerChanged)
    return replace(event, version=replace(event.version, digest=""))


def order(number: int, updated: datetime, **changes: Any) -> dict[str, Any]:
    """Make one of many orders."""
    told = {"id": f"order_{number}", "updated_at": updated.isoformat()}
    return shape("order-paid") | told | changes


def only(shop: Shop, **changes: Any) -> OrderChanged:
    """Read the only order of a shop."""
    shop.orders["order_01"] = shape("order-paid") | changes
    (picture,) = medusa.read_page(access(shop), HOME, Asked("orders", None)).pictures
    assert picture.fault is None
    (event,) = picture.events
    assert isinstance(event, OrderChanged)
    return event


def walk(shop: Shop, feed: Any, since: datetime | None) -> list[str]:
    """Read a list to its end."""
    seen, bookmark = [], None
    for _ in range(100):
        page = medusa.read_page(access(shop), HOME, Asked(feed, since, bookmark))
        seen += [one.external_id for one in page.pictures]
        bookmark = page.bookmark
        if bookmark is None:
            return seen
    raise AssertionError("the list never ends")


@pytest.mark.parametrize("stem", ORDERS)
def test_an_order_says_the_same_by_webhook_and_by_interface(shop: Shop, stem: str) -> None:
    shop.orders["order_01"] = shape(stem)
    (picture,) = medusa.read_page(access(shop), HOME, Asked("orders", None)).pictures
    (event,) = picture.events
    assert undigested(event) == undigested(posted(stem))
    wanted = LookUp(Version(RECEIVED), "order", "order_01")
    assert medusa.look_up(access(shop), HOME, wanted) == (event,)


def test_a_customer_says_the_same_by_webhook_and_by_interface(shop: Shop) -> None:
    shop.customers["cus_02ACC"] = shape("customer-updated")
    shop.customers["cus_01GUEST"] = shape("order-paid")["customer"]
    (picture,) = medusa.read_page(access(shop), HOME, Asked("customers", None)).pictures
    (event,) = picture.events
    (told,) = medusa.parse(Hook(raw("medusa/customer-updated"), {}, RECEIVED), HOME)
    assert undigested(event) == undigested(told)
    assert isinstance(event, BuyerChanged)
    assert event.person.birthday == Birthday(2, 28, 1990)
    assert (event.person.city, event.person.country) == ("Graz", "AT")
    assert event.person.accepts_marketing is None


def test_a_third_decimal_is_rounded_half_up_once_for_each_amount(shop: Shop) -> None:
    event = posted("order-paid")
    assert (event.total_minor, event.discount_minor) == (4088, 1246)
    money = {"payment_collections": []}
    assert only(shop, total=40.885, **money).total_minor == 4089
    assert only(shop, total=40.8849999999999, **money).total_minor == 4088
    assert only(shop, total=0.1, **money).total_minor == 10


def test_what_was_refunded_stays_in_the_total_of_what_was_ordered() -> None:
    event = posted("order-refunded")
    assert (event.total_minor, event.refunded_minor) == (5319, 550)
    assert event.refunds[0].reason == "broken cup"
    whole = posted("order-cancelled")
    assert (whole.total_minor, whole.refunded_minor) == (5319, 5319)
    assert (whole.status, whole.payment_status) == ("cancelled", "refunded")


def test_a_guest_is_named_by_her_address_and_keeps_the_case_of_her_mail() -> None:
    person = posted("order-paid").person
    assert person
    assert (person.external_id, person.email) == ("cus_01GUEST", "Ada.Winter@Example.TEST")
    assert (person.first_name, person.phone) == ("Ada", "+4930123456")


@pytest.mark.parametrize(
    ("changes", "payment"),
    [
        ({"total": 40.882}, "paid"),
        ({"total": 40.889}, "paid"),
        ({"total": 45}, "unpaid"),
        ({"payment_collections": []}, "unpaid"),
        ({"payment_collections": [None, {"payments": None}]}, "unpaid"),
        ({"payment_collections": [], "total": 0}, "paid"),
        ({"payment_collections": [], "total": 0, "status": "canceled"}, "unpaid"),
    ],
)
def test_how_far_an_order_is_paid(shop: Shop, changes: Any, payment: str) -> None:
    assert only(shop, **changes).payment_status == payment


@pytest.mark.parametrize(
    ("detail", "needs_parcel", "status"),
    [
        ({"fulfilled_quantity": 2}, True, "unfulfilled"),
        ({"fulfilled_quantity": 2}, False, "delivered"),
        ({"shipped_quantity": 1}, True, "partial"),
        ({"shipped_quantity": 2}, True, "fulfilled"),
        ({"shipped_quantity": 2, "delivered_quantity": 1}, True, "fulfilled"),
        ({"delivered_quantity": 2}, True, "delivered"),
        (None, True, "unfulfilled"),
    ],
)
def test_packing_is_not_sending(shop: Shop, detail: Any, needs_parcel: bool, status: str) -> None:
    (item,) = shape("order-paid")["items"]
    changed = {**item, "detail": detail, "requires_shipping": needs_parcel}
    assert only(shop, items=[changed]).fulfillment_status == status


def test_a_late_capture_makes_a_newer_version_though_updated_at_stands_still(shop: Shop) -> None:
    unpaid = only(shop, payment_collections=[])
    paid = only(shop)
    assert unpaid.version.at == datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    assert paid.version > unpaid.version
    assert paid.version.at == datetime(2026, 11, 20, 18, 31, 0, 100000, UTC)


class TestLists:
    def test_pages_leave_nothing_out_and_end(self, shop: Shop) -> None:
        start = datetime(2026, 11, 1, tzinfo=UTC)
        for count, apart in ((130, 1), (130, 0)):
            shop.orders = {
                f"order_{n}": order(n, start + timedelta(minutes=n * apart)) for n in range(count)
            }
            assert set(walk(shop, "orders", None)) == set(shop.orders)

    def test_orders_are_read_back_further_than_asked(self, shop: Shop) -> None:
        since = datetime(2026, 11, 20, tzinfo=UTC)
        for number, days in ((1, 8), (2, 6), (3, 0)):
            shop.orders[str(number)] = order(number, since - timedelta(days=days))
        assert walk(shop, "orders", since) == ["order_2", "order_3"]
        page = medusa.read_page(access(shop, look_back_days="0"), HOME, Asked("orders", since))
        assert [one.external_id for one in page.pictures] == ["order_3"]
        with pytest.raises(Rejected):
            medusa.read_page(access(shop, look_back_days="ten"), HOME, Asked("orders", since))

    def test_one_odd_order_does_not_fail_the_page(self, shop: Shop) -> None:
        at = datetime(2026, 11, 1, tzinfo=UTC)
        odd = ({"total": "forty"}, {"total": True}, {"total": 1e300}, {"currency_code": "tea"})
        shop.orders = {str(n): order(n, at, **changes) for n, changes in enumerate(odd)}
        shop.orders["9"] = order(9, at, items=None, customer=None, shipping_address=None)
        page = medusa.read_page(access(shop), HOME, Asked("orders", None))
        assert [bool(one.fault) for one in page.pictures] == [True] * 4 + [False]

    def test_drafts_are_noted_and_what_is_gone_is_said_so(self, shop: Shop) -> None:
        shop.orders["order_01"] = shape("order-paid") | {"status": "draft"}
        (picture,) = medusa.read_page(access(shop), HOME, Asked("orders", None)).pictures
        assert isinstance(picture.events[0], Noted)
        for kind, told in (("order", OrderDeleted), ("customer", BuyerErased)):
            wanted = LookUp(Version(RECEIVED), kind, "x_9")  # type: ignore[arg-type]
            (event,) = medusa.look_up(access(shop), HOME, wanted)
            assert isinstance(event, told)

    def test_reviews_and_what_is_no_id_are_refused(self, shop: Shop) -> None:
        with pytest.raises(Rejected):
            medusa.read_page(access(shop), HOME, Asked("reviews", None))
        for kind, name in (("review", "1"), ("order", "../users"), ("customer", "")):
            with pytest.raises(Rejected):
                wanted = LookUp(Version(RECEIVED), kind, name)  # type: ignore[arg-type]
                medusa.look_up(access(shop), HOME, wanted)
        assert shop.asked == []


class TestAccess:
    def test_a_wrong_key_and_a_wrong_address_are_told_apart(self, shop: Shop) -> None:
        with pytest.raises(Rejected, match="refuses our key"):
            medusa.find_coupon(replace(access(shop), key="sk_other"), "X")
        with pytest.raises(Rejected, match="no Medusa interface"):
            medusa.find_coupon(replace(access(shop), url=f"{shop.url}/shop"), "X")
        assert medusa.find_coupon(replace(access(shop), url=f"{shop.url}/admin/"), "X") is None

    def test_a_busy_server_is_asked_later(self, shop: Shop) -> None:
        shop.answers.append((429, {}))
        with pytest.raises(Unavailable) as later:
            medusa.create_coupon(access(shop), WANTED)
        assert later.value.retry_after == 7

    @pytest.mark.parametrize("answer", [[], "text", 5])
    def test_an_answer_of_another_kind_is_refused(self, shop: Shop, answer: Any) -> None:
        shop.answers.append((200, answer))
        with pytest.raises(Rejected):
            medusa.read_page(access(shop), HOME, Asked("orders", None))


class TestCoupons:
    def test_a_code_is_made_as_asked_and_read_back(self, shop: Shop) -> None:
        made = medusa.create_coupon(access(shop), WANTED)
        assert (made.percent, made.amount_minor, made.usage_limit) == (Decimal("12.5"), None, 1)
        assert (made.code, made.expires_at) == (WANTED.code, WANTED.expires_at)
        (kept,) = shop.promotions.values()
        assert kept["status"] == "active"
        assert kept["rules"][0] == {
            "attribute": "original_item_total",
            "operator": "gte",
            "values": ["30.00"],
        }

    def test_an_amount_is_what_the_buyer_saves_tax_included(self, shop: Shop) -> None:
        wanted = replace(WANTED, percent=None, amount_minor=1250, single_use=False)
        made = medusa.create_coupon(access(shop), wanted)
        assert (made.percent, made.amount_minor, made.usage_limit) == (None, 1250, None)
        (kept,) = shop.promotions.values()
        assert kept["is_tax_inclusive"] is True
        assert kept["application_method"]["currency_code"] == "eur"
        yen = replace(wanted, code="YEN", currency="JPY", amount_minor=500, minimum_minor=None)
        made = medusa.create_coupon(replace(access(shop), currency="JPY"), yen)
        assert made.amount_minor == 500

    def test_a_code_that_exists_is_adopted_as_written(self, shop: Shop) -> None:
        first = medusa.create_coupon(access(shop), WANTED)
        assert medusa.create_coupon(access(shop), WANTED) == first
        assert medusa.find_coupon(access(shop), WANTED.code) == first
        assert medusa.find_coupon(access(shop), WANTED.code.lower()) is None
        assert len(shop.promotions) == 1

    def test_a_code_made_before_the_server_broke_off_is_adopted(self, shop: Shop) -> None:
        def hang_up(_kept: dict[str, Any]) -> None:
            raise HangUp

        shop.after_create.append(hang_up)
        with pytest.raises(Unavailable):
            medusa.create_coupon(access(shop), WANTED)
        assert medusa.create_coupon(access(shop), WANTED).external_id == "promo_1"

    def test_another_refusal_is_one(self, shop: Shop) -> None:
        shop.answers.append((400, {"message": "Invalid request"}))
        with pytest.raises(Rejected, match="Invalid request"):
            medusa.create_coupon(access(shop), WANTED)
        with pytest.raises(Rejected):
            medusa.create_coupon(access(shop), replace(WANTED, percent=None))
        with pytest.raises(Rejected):
            fine = Decimal("12.000000000000000000001")
            medusa.create_coupon(access(shop), replace(WANTED, percent=fine))

    def test_voiding_takes_the_campaign_along_and_twice_is_once(self, shop: Shop) -> None:
        made = medusa.create_coupon(access(shop), WANTED)
        medusa.void_coupon(access(shop), made.external_id)
        medusa.void_coupon(access(shop), made.external_id)
        assert (shop.promotions, shop.campaigns) == ({}, {})
        assert medusa.create_coupon(access(shop), WANTED).code == WANTED.code

    def test_a_campaign_of_the_seller_s_own_stays(self, shop: Shop) -> None:
        made = medusa.create_coupon(access(shop), WANTED)
        shop.campaigns["procamp_1"]["campaign_identifier"] = "autumn"
        medusa.void_coupon(access(shop), made.external_id)
        assert (shop.promotions, len(shop.campaigns)) == ({}, 1)

    def test_only_an_id_is_ever_deleted(self, shop: Shop) -> None:
        with pytest.raises(Rejected):
            medusa.void_coupon(access(shop), "../orders/1")
        assert shop.asked == []

    @pytest.mark.parametrize(
        "spoil",
        [
            {"status": "draft"},
            {"campaign": None},
            {"application_method": {"type": "percentage", "target_type": "items", "value": 12}},
        ],
    )
    def test_what_is_kept_otherwise_is_seen(self, shop: Shop, spoil: dict[str, Any]) -> None:
        medusa.create_coupon(access(shop), WANTED)
        shop.promotions["promo_1"] |= spoil
        found = medusa.find_coupon(access(shop), WANTED.code)
        assert found
        assert (found.percent, found.expires_at) != (WANTED.percent, WANTED.expires_at)
