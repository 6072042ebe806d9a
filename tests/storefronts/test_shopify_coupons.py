"""Codes in Shopify: what is asked is what the buyer can use, or it is not a code of ours."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crm.config import Settings
from crm.errors import Rejected, Unavailable
from crm.storefronts import ApiAccess, WantedCoupon, shopify
from tests.fakes.senders import payload
from tests.fakes.shopify import TOKEN, Break, Shop, fault, throttled

WANTED = WantedCoupon(
    code="BDAY-ABC123",
    percent=15,
    amount_minor=None,
    currency="EUR",
    minimum_minor=3000,
    expires_at=datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC),
    email="mei.lin@example.test",
    single_use=True,
)


@pytest.fixture
def shop(settings: Settings) -> Iterator[Shop]:
    """A shop without discounts."""
    with Shop() as opened:
        yield opened


def access(shop: Shop, currency: str = "EUR") -> ApiAccess:
    """Give the token of an app of the shop's own."""
    return ApiAccess(shop.url, TOKEN, "", currency, dict(shopify.OPTIONS))


def test_a_code_is_made_as_asked_and_read_back(shop: Shop) -> None:
    local = replace(WANTED, expires_at=WANTED.expires_at.astimezone())
    made = shopify.create_coupon(access(shop), local)
    assert (made.code, made.percent, made.amount_minor) == ("BDAY-ABC123", 15, None)
    assert (made.usage_limit, made.expires_at) == (1, WANTED.expires_at)
    assert made.external_id == "1000"
    kept = shop.book.discounts["bday-abc123"]
    assert (kept["fraction"], kept["once"]) == (0.15, True)
    assert kept["minimum"] == {"subtotal": {"greaterThanOrEqualToSubtotal": "30.00"}}
    assert kept["context"] == {"all": "ALL"}  # nobody there has this address


def test_a_buyer_whom_the_shop_knows_is_the_only_one_who_may_use_it(shop: Shop) -> None:
    shop.put_customer(payload("shopify/customer-created"))
    shopify.create_coupon(access(shop), WANTED)
    context = shop.book.discounts["bday-abc123"]["context"]
    assert context == {"customers": {"add": ["gid://shopify/Customer/7344071237001"]}}


def test_an_app_that_may_not_see_customers_makes_a_code_for_whoever_has_it(shop: Shop) -> None:
    shop.book.faults.append(fault("ACCESS_DENIED", "Access denied for customerByIdentifier field."))
    shopify.create_coupon(access(shop), WANTED)
    assert shop.book.discounts["bday-abc123"]["context"] == {"all": "ALL"}


def test_an_amount_in_euros_and_one_in_yen(shop: Shop) -> None:
    wanted = replace(WANTED, percent=None, amount_minor=1250, single_use=False, minimum_minor=None)
    euros = shopify.create_coupon(access(shop), wanted)
    assert (euros.percent, euros.amount_minor, euros.usage_limit) == (None, 1250, None)
    assert shop.book.discounts["bday-abc123"]["minimum"] is None
    yen = replace(wanted, code="YEN", amount_minor=500, currency="JPY")
    shopify.create_coupon(access(shop), yen)
    shop.book.discounts["yen"]["currency"] = "JPY"
    found = shopify.find_coupon(access(shop, "JPY"), "YEN")
    assert found
    assert found.amount_minor == 500


@pytest.mark.parametrize("percent", ["12.5", "7", "29", "33.33", "0.5", "100"])
def test_percentages_stay_exact_though_shopify_keeps_fractions(shop: Shop, percent: str) -> None:
    made = shopify.create_coupon(access(shop), replace(WANTED, percent=Decimal(percent)))
    assert made.percent == Decimal(percent)


def test_a_fraction_with_the_noise_of_a_float_is_what_it_meant(shop: Shop) -> None:
    shopify.create_coupon(access(shop), WANTED)
    shop.book.discounts["bday-abc123"]["fraction"] = 0.15000000000000002
    found = shopify.find_coupon(access(shop), "bday-abc123")
    assert found
    assert found.percent == 15


def test_a_code_that_exists_is_adopted_whatever_its_case(shop: Shop) -> None:
    first = shopify.create_coupon(access(shop), WANTED)
    assert shopify.create_coupon(access(shop), WANTED) == first
    assert shopify.find_coupon(access(shop), "Bday-Abc123") == first
    assert len(shop.book.discounts) == 1


def test_a_refusal_that_comes_with_200_is_a_refusal(shop: Shop) -> None:
    ended = replace(WANTED, expires_at=datetime(2019, 1, 1, tzinfo=UTC))
    with pytest.raises(Rejected, match="Ends too early"):
        shopify.create_coupon(access(shop), ended)
    with pytest.raises(Rejected, match="percentage or an amount"):
        shopify.create_coupon(access(shop), replace(WANTED, percent=None))


def test_a_discount_of_the_seller_s_own_under_the_same_code_is_left_alone(shop: Shop) -> None:
    shopify.create_coupon(access(shop), WANTED)
    kept = shop.book.discounts["bday-abc123"]
    kept["kind"] = "DiscountCodeBxgy"
    with pytest.raises(Rejected, match="another discount"):
        shopify.create_coupon(access(shop), WANTED)
    kept |= {"kind": "DiscountCodeBasic", "more": [{"code": "SUMMER"}]}
    with pytest.raises(Rejected, match="another discount"):
        shopify.find_coupon(access(shop), "BDAY-ABC123")


def test_an_amount_off_each_item_is_not_an_amount_off_the_order(shop: Shop) -> None:
    wanted = replace(WANTED, percent=None, amount_minor=1250)
    shopify.create_coupon(access(shop), wanted)
    shop.book.discounts["bday-abc123"]["currency"] = "USD"
    found = shopify.find_coupon(access(shop), "BDAY-ABC123")
    assert found
    assert (found.percent, found.amount_minor) == (None, None)


def test_a_code_that_is_taken_but_not_shown_yet_is_asked_for_again(shop: Shop) -> None:
    error = {"code": "TAKEN", "message": "Code must be unique."}
    made = {"codeDiscountNode": None, "userErrors": [error]}
    shop.book.faults.extend(
        [{"data": {"customerByIdentifier": None}}, {"data": {"discountCodeBasicCreate": made}}]
    )
    with pytest.raises(Unavailable):
        shopify.create_coupon(access(shop), WANTED)


def test_an_unknown_code_is_not_found(shop: Shop) -> None:
    assert shopify.find_coupon(access(shop), "nothing") is None


def test_a_voided_code_is_gone_and_twice_is_once(shop: Shop) -> None:
    made = shopify.create_coupon(access(shop), WANTED)
    shopify.void_coupon(access(shop), made.external_id)
    shopify.void_coupon(access(shop), made.external_id)
    assert shop.book.discounts == {}


def test_a_code_that_could_not_be_deleted_is_said_to_be_there(shop: Shop) -> None:
    made = shopify.create_coupon(access(shop), WANTED)
    shop.book.discounts["bday-abc123"]["locked"] = True
    with pytest.raises(Rejected, match="Not now"):
        shopify.void_coupon(access(shop), made.external_id)


def test_only_a_number_is_ever_deleted(shop: Shop) -> None:
    with pytest.raises(Rejected):
        shopify.void_coupon(access(shop), "1000/../1")
    assert shop.requests == []


def test_a_making_that_got_no_answer_is_not_repeated_blindly_but_adopted(shop: Shop) -> None:
    shop.breaks.extend([Break(200, {"data": {"customerByIdentifier": None}}), Break(0)])
    with pytest.raises(Unavailable):
        shopify.create_coupon(access(shop), WANTED)
    assert shop.operations == ["CustomerByEmail", "CreateDiscount"]
    assert shopify.create_coupon(access(shop), WANTED).percent == 15


def test_a_busy_shop_is_asked_later(shop: Shop) -> None:
    shop.book.faults.append(throttled(wanted=10, left=0, rate=50))
    with pytest.raises(Unavailable) as later:
        shopify.create_coupon(access(shop), WANTED)
    assert later.value.retry_after == 1
