"""BigCommerce's coupons: a promotion for each code, made once, read back, taken away whole."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crm import db
from crm.coupons.create import ensure
from crm.coupons.ledger import Occasion, reserve
from crm.errors import Rejected, Unavailable
from crm.signing import seal
from crm.storefronts import ApiAccess, WantedCoupon, bigcommerce
from tests.factories import NOW, make_buyer, make_store
from tests.fakes.bigcommerce import TOKEN, Store
from tests.fakes.serving import Break

EXPIRES = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
WANTED = WantedCoupon("BDAY-ADA", 20, None, "EUR", 3000, EXPIRES, "ada@example.test", True)


@pytest.fixture
def store() -> Iterator[Store]:
    """A BigCommerce store on a socket."""
    with Store() as server:
        yield server


def api(store: Store) -> ApiAccess:
    return ApiAccess(store.api_url, TOKEN, "", "EUR", {})


def only(store: Store) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the one promotion and the one code there are."""
    (promotion,) = store.promotions.values()
    (code,) = [one for codes in store.codes.values() for one in codes]
    return promotion, code


def test_a_code_is_good_once_up_to_its_end_and_is_read_back(store: Store) -> None:
    made = bigcommerce.create_coupon(api(store), WANTED)
    promotion, code = only(store)
    assert (made.code, made.percent, made.amount_minor) == ("BDAY-ADA", 20, None)
    assert (made.expires_at, made.usage_limit) == (EXPIRES, 1)
    assert promotion["end_date"] == "2026-12-31T22:59:59+00:00"
    assert promotion["max_uses"] == 1  # overrides whatever the code says
    assert (code["max_uses"], code["max_uses_per_customer"]) == (1, 1)
    (rule,) = promotion["rules"]
    assert rule["action"] == {"cart_value": {"discount": {"percentage_amount": "20"}}}
    assert rule["condition"] == {"cart": {"minimum_spend": "30.00"}}
    assert promotion["redemption_type"] == "COUPON"
    assert "ada@example.test" not in str(store.promotions)


def test_an_amount_is_taken_off_in_the_store_s_currency(store: Store) -> None:
    wanted = replace(WANTED, percent=None, amount_minor=550, minimum_minor=None)
    made = bigcommerce.create_coupon(api(store), wanted)
    promotion, _code = only(store)
    assert (made.percent, made.amount_minor) == (None, 550)
    assert promotion["currency_code"] == "EUR"
    assert promotion["rules"][0]["action"]["cart_value"]["discount"] == {"fixed_amount": "5.50"}


def test_a_code_without_a_limit_has_none(store: Store) -> None:
    made = bigcommerce.create_coupon(api(store), replace(WANTED, single_use=False))
    assert made.usage_limit is None


def test_a_fraction_of_a_percent_stays_one(store: Store) -> None:
    made = bigcommerce.create_coupon(api(store), replace(WANTED, percent=Decimal("12.5")))
    assert made.percent == Decimal("12.5")


def test_a_code_that_is_there_is_adopted_as_it_is(store: Store) -> None:
    first = bigcommerce.create_coupon(api(store), WANTED)
    again = bigcommerce.create_coupon(api(store), replace(WANTED, percent=50))
    assert again == first
    only(store)


def test_a_promotion_left_behind_without_its_code_is_taken_up(store: Store) -> None:
    access = api(store)
    bigcommerce.create_coupon(access, WANTED)
    store.codes.clear()
    bigcommerce.create_coupon(access, WANTED)
    only(store)


def test_a_code_that_somebody_made_a_moment_before_is_adopted(store: Store) -> None:
    store.raced = True
    made = bigcommerce.create_coupon(api(store), WANTED)
    assert made.external_id.startswith("77:")
    assert list(store.promotions) == [77]


def test_a_code_refused_for_another_reason_says_so(store: Store) -> None:
    access = api(store)
    bigcommerce.create_coupon(access, WANTED)
    store.codes.clear()
    said = "Unprocessable"
    reads = [Break(200, {"data": [], "meta": {}}), Break(200, {"data": [], "meta": {}})]
    made = Break(201, {"data": {"id": 500}})
    store.breaks.extend([*reads, made, Break(422, {"status": 422, "title": said})])
    with pytest.raises(Rejected, match=said):
        bigcommerce.create_coupon(access, WANTED)


@pytest.mark.parametrize("code", ["", "x" * 51, "TEE%20", "ТЕА", "A\nB"])
def test_a_code_that_bigcommerce_cannot_keep_is_refused_without_a_call(
    store: Store, code: str
) -> None:
    with pytest.raises(Rejected, match="50 letters"):
        bigcommerce.create_coupon(api(store), replace(WANTED, code=code))
    assert not store.requests


def test_what_is_really_kept_is_told(store: Store) -> None:
    access = api(store)
    bigcommerce.create_coupon(access, WANTED)
    promotion, code = only(store)
    promotion |= {"end_date": None, "max_uses": 5}
    found = bigcommerce.find_coupon(access, "BDAY-ADA")
    assert found
    assert (found.expires_at, found.usage_limit) == (None, 5)
    promotion["max_uses"] = None
    found = bigcommerce.find_coupon(access, "BDAY-ADA")
    assert found
    assert found.usage_limit == code["max_uses"] == 1
    assert bigcommerce.find_coupon(access, "OTHER") is None


def test_a_code_that_would_not_work_at_the_checkout_is_refused(store: Store) -> None:
    access = api(store)
    bigcommerce.create_coupon(access, WANTED)
    promotion, _code = only(store)
    promotion["status"] = "INVALID"
    with pytest.raises(Rejected, match="switched off"):
        bigcommerce.find_coupon(access, "BDAY-ADA")
    promotion |= {"status": "ENABLED", "rules": [{"action": {"shipping": {"zone_ids": "*"}}}]}
    with pytest.raises(Rejected, match="takes nothing off"):
        bigcommerce.find_coupon(access, "BDAY-ADA")


def test_a_code_goes_with_its_promotion_and_twice_is_once(store: Store) -> None:
    access = api(store)
    made = bigcommerce.create_coupon(access, WANTED)
    for _ in range(2):
        bigcommerce.void_coupon(access, made.external_id)
        assert (store.promotions, [one for codes in store.codes.values() for one in codes]) == (
            {},
            [],
        )


def test_a_promotion_of_the_shop_s_own_stays(store: Store) -> None:
    access = api(store)
    made = bigcommerce.create_coupon(access, WANTED)
    promotion, _code = only(store)
    promotion["name"] = "Summer sale"
    bigcommerce.void_coupon(access, made.external_id)
    assert len(store.promotions) == 1
    assert bigcommerce.find_coupon(access, "BDAY-ADA") is None


def test_a_promotion_that_somebody_gave_another_code_stays(store: Store) -> None:
    access = api(store)
    made = bigcommerce.create_coupon(access, WANTED)
    promotion, _code = only(store)
    store.add_code(promotion["id"], {"code": "OTHER"})
    bigcommerce.void_coupon(access, made.external_id)
    assert bigcommerce.find_coupon(access, "OTHER")


def test_a_number_that_is_none_never_becomes_part_of_an_address(store: Store) -> None:
    for bad in ("1", "1:", ":1", "1:../2", "a:b"):
        with pytest.raises(Rejected):
            bigcommerce.void_coupon(api(store), bad)
    assert not store.requests


def test_a_line_that_breaks_after_a_code_was_made_leaves_one_code(store: Store) -> None:
    access = api(store)
    real = store.add_code

    def broken(promotion: int, asked: dict[str, Any]) -> dict[str, Any]:
        real(promotion, asked)
        raise Break(0)

    store.add_code = broken  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        bigcommerce.create_coupon(access, WANTED)
    store.add_code = real  # type: ignore[method-assign]
    made = bigcommerce.create_coupon(access, WANTED)
    assert made.code == "BDAY-ADA"
    only(store)


def test_a_reserved_coupon_goes_live_here_and_is_voided_when_it_was_changed_there(
    database: None, store: Store
) -> None:
    with db.session() as session:
        shop = make_store(
            session, platform="bigcommerce", api_url=store.api_url, api_key_sealed=seal(TOKEN)
        )
        buyers = [make_buyer(session, shop) for _ in range(2)]
        good, spoiled = (
            reserve(session, shop, Occasion(7, "2026", buyer.id), {"percent": 20}, NOW)
            for buyer in buyers
        )
    live = ensure(shop.id, good.id, NOW)
    assert live.state == "live"
    assert live.external_id
    real = store.add_code

    def other(promotion: int, asked: dict[str, Any]) -> dict[str, Any]:
        store.promotions[promotion]["end_date"] = None
        return real(promotion, asked)

    store.add_code = other  # type: ignore[method-assign]
    with pytest.raises(Rejected, match="last day"):
        ensure(shop.id, spoiled.id, NOW)
    promotion, code = only(store)
    assert f"{promotion['id']}:{code['id']}" == live.external_id
