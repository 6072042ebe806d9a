"""A coupon is made in the storefront, read back and compared before anybody hears of it."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm import db, failpoints
from crm.coupons.create import ensure
from crm.coupons.ledger import Occasion, reserve
from crm.coupons.models import Coupon
from crm.errors import Rejected, Unavailable
from crm.failpoints import FailpointReached
from tests.coupons.shops import connect
from tests.factories import NOW, make_buyer, make_store
from tests.fakes.woocommerce import Shop, fail_after_create, spoil

OFFER = {"percent": 20, "valid_days": 14, "minimum": "30.00", "prefix": "BDAY"}


@pytest.fixture
def shop() -> Any:
    with Shop() as opened:
        yield opened


def _reserve(session: Session, shop: Shop, **offer: Any) -> Coupon:
    store = connect(session, shop)
    buyer = make_buyer(session, store, email="ada@example.test")
    return reserve(session, store, Occasion(7, "2026", buyer.id), OFFER | offer, NOW)


@pytest.fixture
def coupon(database: None, shop: Shop) -> Coupon:
    with db.session() as session:
        return _reserve(session, shop)


def _row(coupon: Coupon) -> Coupon:
    with db.session() as session:
        return session.get_one(Coupon, (coupon.store_id, coupon.id))


def test_the_storefront_gets_everything_that_binds_the_coupon(coupon: Coupon, shop: Shop) -> None:
    made = ensure(coupon.store_id, coupon.id, NOW)
    assert (made.state, made.live_at, made.external_id) == ("live", NOW, "101")
    (there,) = shop.coupons.values()
    assert there["code"] == coupon.code.lower()
    assert (there["discount_type"], there["amount"]) == ("percent", "20.00")
    assert there["date_expires_gmt"] == "2026-12-05T22:59:59"
    assert (there["usage_limit"], there["email_restrictions"]) == (1, ["ada@example.test"])
    assert there["minimum_amount"].startswith("30")


def test_asking_again_for_a_live_coupon_costs_no_call(coupon: Coupon, shop: Shop) -> None:
    ensure(coupon.store_id, coupon.id, NOW)
    calls = len(shop.requests)
    assert ensure(coupon.store_id, coupon.id, NOW).state == "live"
    assert len(shop.requests) == calls


def test_an_amount_is_made_as_an_amount(database: None, shop: Shop) -> None:
    with db.session() as session:
        coupon = _reserve(session, shop, percent=None, amount="7.50")
    ensure(coupon.store_id, coupon.id, NOW)
    (there,) = shop.coupons.values()
    assert (there["discount_type"], there["amount"]) == ("fixed_cart", "7.50")


@pytest.mark.parametrize("status", [0, 500, 503])
def test_a_coupon_made_without_an_answer_is_adopted_the_next_time(
    coupon: Coupon, shop: Shop, status: int
) -> None:
    shop.faults.append(fail_after_create(status))
    with pytest.raises(Unavailable):
        ensure(coupon.store_id, coupon.id, NOW)
    assert (_row(coupon).state, _row(coupon).attempts) == ("issued", 1)
    assert ensure(coupon.store_id, coupon.id, NOW).state == "live"
    assert shop.codes == [coupon.code.lower()]


def test_a_process_that_dies_after_the_post_leaves_one_coupon(coupon: Coupon, shop: Shop) -> None:
    failpoints.arm("after_coupon_post=raise:1")
    try:
        with pytest.raises(FailpointReached):
            ensure(coupon.store_id, coupon.id, NOW)
    finally:
        failpoints.arm("")
    assert _row(coupon).state == "issued"
    assert ensure(coupon.store_id, coupon.id, NOW).state == "live"
    assert shop.codes == [coupon.code.lower()]


@pytest.mark.parametrize("status", [429, 503, 500])
def test_a_busy_storefront_is_asked_again_later(coupon: Coupon, shop: Shop, status: int) -> None:
    shop.refusals.append(status)
    with pytest.raises(Unavailable) as later:
        ensure(coupon.store_id, coupon.id, NOW)
    if status == 429:
        assert later.value.retry_after == 7
    assert _row(coupon).state == "issued"
    assert ensure(coupon.store_id, coupon.id, NOW).state == "live"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"date_expires_gmt": None}, "last day"),
        ({"date_expires_gmt": "2026-12-05T14:59:59"}, "last day"),
        ({"amount": "25.00"}, "percentage"),
        ({"discount_type": "fixed_cart"}, "percentage"),
        ({"usage_limit": None}, "number of uses"),
    ],
)
def test_another_coupon_than_asked_is_voided_and_never_sent(
    coupon: Coupon, shop: Shop, change: dict[str, Any], word: str
) -> None:
    shop.faults.append(spoil(**change))
    with pytest.raises(Rejected) as no:
        ensure(coupon.store_id, coupon.id, NOW)
    assert word in no.value.reason
    assert shop.codes == []
    assert (_row(coupon).state, _row(coupon).error) == ("void", no.value.reason)
    assert _row(coupon).settled_at == NOW
    with pytest.raises(Rejected):
        ensure(coupon.store_id, coupon.id, NOW)


def test_wrong_credentials_end_the_coupon_with_a_reason(database: None, shop: Shop) -> None:
    with db.session() as session:
        coupon = _reserve(session, shop)
        store = session.get_one(type(connect(session, shop)), coupon.store_id)
        store.api_key_sealed = None
    with pytest.raises(Rejected):
        ensure(coupon.store_id, coupon.id, NOW)
    assert _row(coupon).state == "void"
    assert _row(coupon).error


def test_a_coupon_past_its_last_day_is_not_made_any_more(coupon: Coupon, shop: Shop) -> None:
    with pytest.raises(Rejected):
        ensure(coupon.store_id, coupon.id, coupon.expires_at.replace(month=12, day=31))
    assert shop.coupons == {}
    assert _row(coupon).state == "issued"


def test_a_platform_without_a_coupon_api_has_its_codes_live_at_once(database: None) -> None:
    with db.session() as session:
        store = make_store(session, platform="standard")
        occasion = Occasion(7, "2026", make_buyer(session, store).id)
        coupon = reserve(session, store, occasion, OFFER, NOW)
    assert ensure(store.id, coupon.id, NOW).state == "live"
    assert _row(coupon).external_id is None


def test_no_transaction_is_open_while_the_storefront_is_asked(coupon: Coupon, shop: Shop) -> None:
    busy: list[int] = []

    def look(_shop: Shop, _coupon: dict[str, Any]) -> None:
        busy.append(db.engine().pool.checkedout())  # type: ignore[attr-defined]

    shop.faults.append(look)
    ensure(coupon.store_id, coupon.id, NOW)
    assert busy == [0]
