"""Vendure: its orders say the same by plugin and by interface, its lists leave nothing out."""

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
from crm.storefronts import ApiAccess, Asked, Home, Hook, Page, WantedCoupon, vendure
from tests.fakes.senders import raw
from tests.fakes.vendure import KEY, PASSWORD, USER, HangUp, Shop

SHAPES = Path(__file__).parents[2] / "integrations" / "vendure" / "test" / "shapes"
RECEIVED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
OPTIONS = {**vendure.OPTIONS, "birthday_field": "birthday"}
HOME = Home("EUR", "Europe/Berlin", "DE", "de", OPTIONS)
ORDERS = ("order-paid", "order-refunded", "order-cancelled")
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
    """Give the seller's own account."""
    return ApiAccess(shop.url, USER, PASSWORD, "EUR", OPTIONS | options)


def posted(stem: str) -> Event:
    """Read what our plugin posts."""
    (event,) = vendure.parse(Hook(raw(f"vendure/{stem}"), {}, RECEIVED), HOME)
    return event


def undigested(event: Event) -> Event:
    """Take away the digest, which is of the bytes."""
    assert isinstance(event, OrderChanged | BuyerChanged)
    return replace(event, version=replace(event.version, digest=""))


def order(number: int, placed: datetime, **changes: Any) -> dict[str, Any]:
    """Make one of many orders."""
    return shape("order-paid") | {"id": str(number), "orderPlacedAt": placed.isoformat()} | changes


def walk(shop: Shop, feed: Any, since: datetime | None) -> tuple[list[Page], list[str]]:
    """Read a list to its end."""
    pages, bookmark = [], None
    for _ in range(100):
        pages.append(vendure.read_page(access(shop), HOME, Asked(feed, since, bookmark)))
        bookmark = pages[-1].bookmark
        if bookmark is None:
            return pages, [one.external_id for page in pages for one in page.pictures]
    raise AssertionError("the list never ends")


@pytest.mark.parametrize("stem", ORDERS)
def test_an_order_says_the_same_by_webhook_and_by_interface(shop: Shop, stem: str) -> None:
    shop.orders["3"] = shape(stem)
    (picture,) = vendure.read_page(access(shop), HOME, Asked("orders", None)).pictures
    (event,) = picture.events
    assert undigested(event) == undigested(posted(stem))
    wanted = LookUp(Version(RECEIVED), "order", "3")
    assert vendure.look_up(access(shop), HOME, wanted) == (event,)


def test_a_customer_says_the_same_by_webhook_and_by_interface(shop: Shop) -> None:
    account = shape("customer-updated")
    born = account["customFields"]["birthday"]
    shop.customers["41"] = account | {"customFields": {"birthday": born}}
    (picture,) = vendure.read_page(access(shop), HOME, Asked("customers", None)).pictures
    (event,) = picture.events
    assert undigested(event) == undigested(posted("customer-updated"))
    assert isinstance(event, BuyerChanged)
    assert event.person.birthday == Birthday(2, 28, 1990)
    assert (event.person.city, event.person.country) == ("Graz", "AT")
    assert event.person.accepts_marketing is None
    assert "customFields { birthday: birthday }" in shop.asked[-1][0]


def test_a_refund_that_is_pending_does_not_count() -> None:
    event = posted("order-refunded")
    assert isinstance(event, OrderChanged)
    assert (event.total_minor, event.refunded_minor) == (4470, 550)
    assert [one.external_id for one in event.refunds] == ["1"]
    assert (event.payment_status, event.fulfillment_status) == ("partially_refunded", "fulfilled")


def test_lines_that_were_cancelled_stay_in_the_total_of_what_was_ordered() -> None:
    event = posted("order-cancelled")
    assert isinstance(event, OrderChanged)
    assert (event.status, event.payment_status) == ("cancelled", "refunded")
    assert (event.total_minor, event.refunded_minor) == (4470, 4470)
    assert event.items[0].quantity == 2


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"state": "PaymentAuthorized", "payments": []}, ("open", "unpaid", "unfulfilled")),
        ({"state": "Cancelled", "payments": [], "totalWithTax": 0}, ("cancelled", "unpaid", None)),
        ({"state": "PaymentSettled", "payments": [], "totalWithTax": 0}, ("open", "paid", None)),
        ({"state": "PartiallyShipped"}, ("open", "paid", "partial")),
        ({"state": "Delivered"}, ("closed", "paid", "delivered")),
        ({"state": "AwaitingPickup"}, ("open", "paid", "unfulfilled")),
    ],
)
def test_the_states_of_an_order(shop: Shop, changes: dict[str, Any], seen: Any) -> None:
    history = {"items": []} if changes.get("payments") == [] else shape("order-paid")["history"]
    shop.orders["3"] = shape("order-paid") | {"history": history} | changes
    (picture,) = vendure.read_page(access(shop), HOME, Asked("orders", None)).pictures
    assert picture.fault is None
    (event,) = picture.events
    assert isinstance(event, OrderChanged)
    told = (event.status, event.payment_status, event.fulfillment_status)
    assert told[:2] == seen[:2]
    assert seen[2] in (None, told[2])


def test_progress_makes_a_newer_version_though_updated_at_stands_still() -> None:
    paid, refunded = posted("order-paid"), posted("order-refunded")
    assert isinstance(paid, OrderChanged)
    assert isinstance(refunded, OrderChanged)
    assert shape("order-paid")["updatedAt"] == shape("order-refunded")["updatedAt"]
    assert refunded.version > paid.version


def test_yen_of_a_server_with_two_places_and_of_one_with_none(shop: Shop) -> None:
    shop.orders["3"] = shape("order-paid") | {"currencyCode": "JPY", "totalWithTax": 407200}
    shop.orders["3"]["payments"][0]["amount"] = 407200
    for places, total in (("2", 4072), ("0", 407200)):
        api = access(shop, money_places=places)
        (picture,) = vendure.read_page(api, HOME, Asked("orders", None)).pictures
        (event,) = picture.events
        assert isinstance(event, OrderChanged)
        assert event.total_minor == total


class TestLists:
    def test_pages_leave_nothing_out_and_end(self, shop: Shop) -> None:
        start = datetime(2026, 11, 1, tzinfo=UTC)
        times = [start + timedelta(minutes=number // 3) for number in range(130)]
        shop.orders = {str(n): order(n, at) for n, at in enumerate(times, 1)}
        pages, seen = walk(shop, "orders", None)
        assert set(seen) == set(shop.orders)
        assert len(pages) < 10
        assert {page.total for page in pages} == {130}

    def test_many_orders_of_one_instant_do_not_loop_for_ever(self, shop: Shop) -> None:
        at = datetime(2026, 11, 1, tzinfo=UTC)
        shop.orders = {str(n): order(n, at) for n in range(1, 100)}
        _pages, seen = walk(shop, "orders", None)
        assert set(seen) == set(shop.orders)

    def test_what_changes_while_customers_are_read_is_not_passed_over(self, shop: Shop) -> None:
        start = datetime(2026, 11, 1, tzinfo=UTC)
        made = {n: (start + timedelta(minutes=n)).isoformat() for n in range(1, 251)}
        account = shape("customer-updated")
        shop.customers = {str(n): account | {"id": str(n), "updatedAt": made[n]} for n in made}
        first = vendure.read_page(access(shop), HOME, Asked("customers", start))
        for number in range(1, 40):  # those that were read move to the end
            shop.customers[str(number)]["updatedAt"] = "2026-11-20T00:00:00+00:00"
        seen = {one.external_id for one in first.pictures}
        bookmark = first.bookmark
        while bookmark:
            page = vendure.read_page(access(shop), HOME, Asked("customers", start, bookmark))
            seen |= {one.external_id for one in page.pictures}
            bookmark = page.bookmark
        assert seen == set(shop.customers)

    def test_orders_are_read_back_further_than_asked(self, shop: Shop) -> None:
        since = datetime(2026, 11, 20, tzinfo=UTC)
        shop.orders = {
            "1": order(1, since - timedelta(days=8)),
            "2": order(2, since - timedelta(days=6)),
            "3": order(3, since),
        }
        assert walk(shop, "orders", since)[1] == ["2", "3"]
        api = access(shop, look_back_days="0")
        page = vendure.read_page(api, HOME, Asked("orders", since))
        assert [one.external_id for one in page.pictures] == ["3"]

    def test_one_odd_order_does_not_fail_the_page(self, shop: Shop) -> None:
        at = datetime(2026, 11, 1, tzinfo=UTC)
        shop.orders = {
            "1": order(1, at, totalWithTax=None),
            "2": order(2, at, currencyCode="TEA"),
            "3": order(3, at, history=None, payments=None, customer=None, lines=[None, {}]),
            "4": order(4, at),
        }
        page = vendure.read_page(access(shop), HOME, Asked("orders", None))
        assert [bool(one.fault) for one in page.pictures] == [True, True, True, False]

    def test_baskets_sellers_parts_and_guests_are_noted(self, shop: Shop) -> None:
        at = datetime(2026, 11, 1, tzinfo=UTC)
        shop.orders = {"1": order(1, at, type="Seller"), "2": order(2, at, orderPlacedAt=None)}
        shop.customers = {"41": shape("customer-updated") | {"user": None}}
        for feed in vendure.FEEDS:
            page = vendure.read_page(access(shop), HOME, Asked(feed, None))
            assert [type(one.events[0]) for one in page.pictures] == [Noted]

    def test_what_is_gone_is_said_so(self, shop: Shop) -> None:
        for kind, told in (("order", OrderDeleted), ("customer", BuyerErased)):
            wanted = LookUp(Version(RECEIVED), kind, "9")  # type: ignore[arg-type]
            (event,) = vendure.look_up(access(shop), HOME, wanted)
            assert isinstance(event, told)
            assert event.version > Version(RECEIVED)

    def test_reviews_and_spoiled_bookmarks_are_refused(self, shop: Shop) -> None:
        for asked in (
            Asked("reviews", None),
            Asked("orders", None, "x"),
            Asked("orders", None, "{}"),
        ):
            with pytest.raises(Rejected):
                vendure.read_page(access(shop), HOME, asked)
        with pytest.raises(Rejected):
            vendure.look_up(access(shop), HOME, LookUp(Version(RECEIVED), "review", "1"))


class TestAccess:
    def test_one_sign_in_serves_until_the_server_forgets_it(self, shop: Shop) -> None:
        for _ in range(3):
            vendure.find_coupon(access(shop), "X")
        assert len(shop.tokens) == 1
        shop.tokens = {"another"}
        vendure.find_coupon(access(shop), "X")
        assert len(shop.tokens) == 2

    def test_a_wrong_password_and_a_cookie_server_are_told_apart(self, shop: Shop) -> None:
        with pytest.raises(Rejected, match="INVALID_CREDENTIALS"):
            vendure.find_coupon(replace(access(shop), secret="wrong"), "X")
        shop.bearer = False
        with pytest.raises(Rejected, match="bearer"):
            vendure.find_coupon(access(shop), "X")

    def test_a_user_who_may_not_is_refused_after_one_more_sign_in(self, shop: Shop) -> None:
        vendure.find_coupon(access(shop), "X")
        refusal = {"errors": [{"message": "no", "extensions": {"code": "FORBIDDEN"}}]}
        shop.answers.extend([(200, refusal)] * 2)
        with pytest.raises(Rejected, match="refuses our key"):
            vendure.find_coupon(access(shop), "X")

    def test_a_key_goes_in_its_header(self, shop: Shop) -> None:
        api = replace(access(shop, channel_token="de"), key="vendure-api-key", secret=KEY)
        assert vendure.find_coupon(api, "X") is None
        assert shop.headers[-1]["vendure-api-key"] == KEY
        assert shop.headers[-1]["vendure-token"] == "de"
        assert shop.tokens == set()

    def test_another_address_and_a_busy_server(self, shop: Shop) -> None:
        with pytest.raises(Rejected):
            vendure.find_coupon(replace(access(shop), url=f"{shop.url}/shop"), "X")
        shop.answers.append((429, {}))
        with pytest.raises(Unavailable) as later:
            vendure.create_coupon(access(shop), WANTED)
        assert later.value.retry_after == 7

    def test_a_field_that_is_no_name_is_never_asked_for(self, shop: Shop) -> None:
        api = access(shop, birthday_field="x } me { id")
        with pytest.raises(Rejected):
            vendure.read_page(api, HOME, Asked("orders", None))
        assert shop.asked == []


class TestCoupons:
    def test_a_code_is_made_as_asked_and_read_back(self, shop: Shop) -> None:
        made = vendure.create_coupon(access(shop), WANTED)
        assert (made.percent, made.amount_minor, made.usage_limit) == (Decimal("12.5"), None, 1)
        assert (made.code, made.expires_at) == (WANTED.code, WANTED.expires_at)
        (kept,) = shop.promotions.values()
        assert kept["perCustomerUsageLimit"] == 1
        assert kept["conditions"][0]["args"][0] == {"name": "amount", "value": "3000"}

    def test_amounts_are_in_the_server_s_units(self, shop: Shop) -> None:
        euros = replace(WANTED, percent=None, amount_minor=1250, single_use=False)
        made = vendure.create_coupon(access(shop), euros)
        assert (made.percent, made.amount_minor, made.usage_limit) == (None, 1250, None)
        yen = replace(euros, code="YEN", currency="JPY", amount_minor=500, minimum_minor=None)
        made = vendure.create_coupon(replace(access(shop), currency="JPY"), yen)
        assert made.amount_minor == 500
        assert shop.promotions["2"]["actions"][0]["args"][0]["value"] == "50000"
        with pytest.raises(Rejected):
            vendure.create_coupon(access(shop, money_places="0"), replace(euros, code="FINE"))

    def test_a_code_that_exists_is_adopted(self, shop: Shop) -> None:
        first = vendure.create_coupon(access(shop), WANTED)
        assert vendure.create_coupon(access(shop), WANTED) == first
        assert vendure.find_coupon(access(shop), WANTED.code) == first
        assert vendure.find_coupon(access(shop), WANTED.code.upper()) is None
        assert len(shop.promotions) == 1

    def test_a_code_made_before_the_server_broke_off_is_adopted(self, shop: Shop) -> None:
        def hang_up(_kept: dict[str, Any]) -> None:
            raise HangUp

        shop.after_create.append(hang_up)
        with pytest.raises(Unavailable):
            vendure.create_coupon(access(shop), WANTED)
        assert vendure.create_coupon(access(shop), WANTED).external_id == "1"

    def test_of_two_with_one_code_the_second_is_deleted(self, shop: Shop) -> None:
        def twin(kept: dict[str, Any]) -> None:
            shop.promotions["9"] = {**kept, "id": "9"}

        shop.after_create.append(twin)
        assert vendure.create_coupon(access(shop), WANTED).external_id == "1"
        assert shop.promotions["9"]["deleted"]
        assert not shop.promotions["1"]["deleted"]

    def test_what_is_refused_inside_an_answer_is_refused(self, shop: Shop) -> None:
        with pytest.raises(Rejected, match="MISSING_CONDITIONS"):
            vendure.create_coupon(access(shop), replace(WANTED, code="", minimum_minor=None))

    def test_a_voided_code_is_gone_and_twice_is_once(self, shop: Shop) -> None:
        made = vendure.create_coupon(access(shop), WANTED)
        vendure.void_coupon(access(shop), made.external_id)
        vendure.void_coupon(access(shop), made.external_id)
        assert vendure.find_coupon(access(shop), WANTED.code) is None

    def test_a_promotion_that_gives_more_is_none_of_ours(self, shop: Shop) -> None:
        made = vendure.create_coupon(access(shop), WANTED)
        shop.promotions["1"]["actions"].append({"code": "free_shipping", "args": []})
        found = vendure.find_coupon(access(shop), made.code)
        assert found
        assert (found.percent, found.amount_minor) == (None, None)
