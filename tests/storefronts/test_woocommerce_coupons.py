"""Codes in WooCommerce: what is asked is what the buyer can use, or it is not a code of ours."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crm.config import Settings
from crm.errors import Rejected, Unavailable
from crm.storefronts import ApiAccess, WantedCoupon, standard, woocommerce
from tests.fakes.woocommerce import KEY, SECRET, Shop, fail_after_create

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
def shop(settings: Settings) -> Iterator[Shop]:
    """A shop with an empty book of coupons."""
    with Shop() as opened:
        yield opened


def access(shop: Shop) -> ApiAccess:
    """Give the shop's own key."""
    return ApiAccess(shop.url, KEY, SECRET, "EUR")


def test_a_code_is_made_as_asked_and_read_back(shop: Shop) -> None:
    made = woocommerce.create_coupon(access(shop), WANTED)
    assert (made.percent, made.amount_minor, made.usage_limit) == (15, None, 1)
    assert made.expires_at == WANTED.expires_at
    kept = shop.coupons[int(made.external_id)]
    assert kept["minimum_amount"] == "30.00"
    assert kept["email_restrictions"] == ["ada@example.test"]
    assert kept["usage_limit_per_user"] == 1
    assert [method for method, _path in shop.requests] == ["POST", "GET"]


def test_the_end_is_told_in_the_field_that_counts(shop: Shop) -> None:
    local = WANTED.expires_at.astimezone()
    made = woocommerce.create_coupon(access(shop), replace(WANTED, expires_at=local))
    assert shop.coupons[int(made.external_id)]["date_expires_gmt"] == "2026-12-31T22:59:59"


def test_an_amount_in_yen_and_one_in_euros(shop: Shop) -> None:
    euros = woocommerce.create_coupon(
        access(shop), replace(WANTED, percent=None, amount_minor=1250, single_use=False)
    )
    assert (euros.percent, euros.amount_minor, euros.usage_limit) == (None, 1250, None)
    yen = woocommerce.create_coupon(
        replace(access(shop), currency="JPY"),
        replace(WANTED, code="YEN", percent=None, amount_minor=500, currency="JPY"),
    )
    assert yen.amount_minor == 500


def test_half_percents_stay_exact(shop: Shop) -> None:
    made = woocommerce.create_coupon(access(shop), replace(WANTED, percent=Decimal("12.5")))
    assert made.percent == Decimal("12.5")


def test_a_code_that_exists_is_adopted_whatever_its_case(shop: Shop) -> None:
    first = woocommerce.create_coupon(access(shop), WANTED)
    assert first.code == "bday-abc123"
    assert woocommerce.create_coupon(access(shop), WANTED) == first
    assert woocommerce.find_coupon(access(shop), "Bday-Abc123") == first
    assert shop.codes == ["bday-abc123"]


def test_a_code_made_before_the_shop_broke_off_is_adopted_next_time(shop: Shop) -> None:
    shop.faults.append(fail_after_create(0))
    with pytest.raises(Unavailable):
        woocommerce.create_coupon(access(shop), WANTED)
    assert woocommerce.create_coupon(access(shop), WANTED).code == "bday-abc123"
    assert len(shop.coupons) == 1


def test_an_unknown_code_is_not_found(shop: Shop) -> None:
    assert woocommerce.find_coupon(access(shop), "nothing") is None


def test_a_voided_code_is_gone_and_twice_is_once(shop: Shop) -> None:
    made = woocommerce.create_coupon(access(shop), WANTED)
    woocommerce.void_coupon(access(shop), made.external_id)
    woocommerce.void_coupon(access(shop), made.external_id)
    assert shop.codes == []


def test_only_a_number_is_ever_deleted(shop: Shop) -> None:
    with pytest.raises(Rejected):
        woocommerce.void_coupon(access(shop), "../orders/1")
    assert shop.requests == []


def test_a_busy_shop_is_asked_later(shop: Shop) -> None:
    shop.refusals.append(503)
    with pytest.raises(Unavailable) as later:
        woocommerce.create_coupon(access(shop), WANTED)
    assert later.value.retry_after == 7


def test_a_wrong_key_and_a_wrong_address_are_told_apart(shop: Shop) -> None:
    with pytest.raises(Rejected, match="refuses our key"):
        woocommerce.create_coupon(replace(access(shop), key="ck_other"), WANTED)
    with pytest.raises(Rejected, match="no WooCommerce interface"):
        woocommerce.find_coupon(replace(access(shop), url=f"{shop.url}/wp-json/other"), "x")


def test_the_address_may_be_the_shop_s_or_the_interface_s(shop: Shop) -> None:
    for url in (shop.url, f"{shop.url}/", f"{shop.url}/wp-json/wc/v3"):
        assert woocommerce.find_coupon(replace(access(shop), url=url), "x") is None


def test_a_platform_without_coupons_says_so() -> None:
    with pytest.raises(Rejected):
        standard.create_coupon(ApiAccess("https://shop.example", "k", "s"), WANTED)
