"""Orders redeem coupons; whatever order the news comes in, the books end the same."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Order, OrderItem
from crm.coupons.books import books
from crm.coupons.ledger import Occasion, reserve
from crm.coupons.models import Coupon, Redemption
from crm.coupons.redeem import match_order
from crm.stores.models import Store
from tests.factories import NOW, make_buyer, make_order, make_store


@pytest.fixture
def store(session: Session) -> Store:
    return make_store(session)


@pytest.fixture
def buyer(session: Session, store: Store) -> Buyer:
    return make_buyer(session, store)


def _live(session: Session, store: Store, buyer: Buyer, **offer: Any) -> Coupon:
    wanted = {"percent": 20, "valid_days": 14, **offer}
    coupon = reserve(session, store, Occasion(7, "once", buyer.id), wanted, NOW)
    coupon.state, coupon.live_at = "live", NOW
    session.flush()
    return coupon


def _order(session: Session, store: Store, buyer: Buyer, coupon: Coupon, **given: Any) -> Order:
    values = {"coupon_codes": [coupon.code.lower()], "placed_at": NOW, **given}
    order = make_order(session, store, buyer, **values)
    _add_goods(session, order)
    return order


def _add_goods(session: Session, order: Order) -> None:
    for quantity, unit in ((2, 2500), (1, 999)):
        session.add(
            OrderItem(
                store_id=order.store_id,
                order_id=order.id,
                title="Tea",
                quantity=quantity,
                unit_price_minor=unit,
                total_minor=unit * quantity,
            )
        )
    session.flush()


def _costs(session: Session) -> list[int]:
    return list(session.scalars(select(Redemption.cost_minor).order_by(Redemption.order_id)))


def test_an_order_with_the_code_redeems_it_whatever_its_case(
    session: Session, store: Store, buyer: Buyer
) -> None:
    coupon = _live(session, store, buyer)
    order = _order(session, store, buyer, coupon, discount_minor=1200)
    for _ in range(2):
        match_order(session, store, order, NOW)
    assert (coupon.state, coupon.settled_at, coupon.alarm) == ("redeemed", order.placed_at, None)
    assert _costs(session) == [1200]


@pytest.mark.parametrize(
    ("offer", "given", "cost"),
    [
        ({}, {"discount_minor": 0}, 1200),
        ({"percent": 15}, {"discount_minor": 0}, 900),
        ({}, {"discount_minor": 5000, "more": ["SUMMER"]}, 1200),
        ({}, {"discount_minor": 700, "more": ["SUMMER"]}, 700),
        ({"percent": None, "amount": "5.00"}, {"discount_minor": 0}, 500),
        ({"percent": None, "amount": "99.00"}, {"discount_minor": 0}, 5999),
    ],
)
def test_the_cost_is_the_discount_or_worked_out_from_the_goods(
    session: Session,
    store: Store,
    buyer: Buyer,
    offer: dict[str, Any],
    given: dict[str, Any],
    cost: int,
) -> None:
    coupon = _live(session, store, buyer, **offer)
    codes = [coupon.code, *given.pop("more", [])]
    order = _order(session, store, buyer, coupon, coupon_codes=codes, **given)
    match_order(session, store, order, NOW)
    assert _costs(session) == [cost]


def test_the_same_code_on_two_orders_raises_the_alarm(
    session: Session, store: Store, buyer: Buyer
) -> None:
    coupon = _live(session, store, buyer)
    for days in (0, 1):
        order = _order(session, store, buyer, coupon, placed_at=NOW + timedelta(days=days))
        match_order(session, store, order, NOW)
    assert (coupon.state, coupon.alarm) == ("redeemed", "redeemed_twice")
    assert coupon.settled_at == NOW
    assert books(session, store.id).alarms == 1


def test_a_code_for_several_uses_may_come_twice(
    session: Session, store: Store, buyer: Buyer
) -> None:
    coupon = _live(session, store, buyer, single_use=False)
    for _ in range(2):
        match_order(session, store, _order(session, store, buyer, coupon), NOW)
    assert (coupon.state, coupon.alarm) == ("redeemed", None)


@pytest.mark.parametrize(
    "ended", [{"cancelled_at": NOW}, {"status": "cancelled"}, {"deleted_at": NOW}, {"test": True}]
)
def test_an_order_that_no_longer_counts_gives_its_coupon_back(
    session: Session, store: Store, buyer: Buyer, ended: dict[str, Any]
) -> None:
    coupon = _live(session, store, buyer)
    first = _order(session, store, buyer, coupon)
    second = _order(session, store, buyer, coupon)
    for order in (first, second):
        match_order(session, store, order, NOW)
    for order in (second, first):
        assert coupon.alarm == ("redeemed_twice" if order is second else None)
        for key, value in ended.items():
            setattr(order, key, value)
        match_order(session, store, order, NOW)
    assert (coupon.state, coupon.settled_at, coupon.alarm) == ("live", None, None)
    assert _costs(session) == []


def test_an_unpaid_order_redeems_nothing_yet(session: Session, store: Store, buyer: Buyer) -> None:
    coupon = _live(session, store, buyer)
    order = _order(session, store, buyer, coupon, paid_at=None)
    match_order(session, store, order, NOW)
    assert coupon.state == "live"
    order.paid_at = NOW
    match_order(session, store, order, NOW)
    assert coupon.state == "redeemed"


def test_a_code_taken_off_an_order_is_free_again(
    session: Session, store: Store, buyer: Buyer
) -> None:
    coupon = _live(session, store, buyer)
    order = _order(session, store, buyer, coupon)
    match_order(session, store, order, NOW)
    order.coupon_codes = []
    match_order(session, store, order, NOW)
    assert coupon.state == "live"


def test_a_corrected_time_of_order_corrects_the_time_of_redemption(
    session: Session, store: Store, buyer: Buyer
) -> None:
    coupon = _live(session, store, buyer)
    order = _order(session, store, buyer, coupon)
    match_order(session, store, order, NOW)
    order.placed_at = NOW - timedelta(days=2)
    match_order(session, store, order, NOW)
    assert session.scalars(select(Redemption.redeemed_at)).one() == order.placed_at
    assert coupon.settled_at == order.placed_at


def test_a_coupon_given_back_after_its_last_day_is_expired(
    session: Session, store: Store, buyer: Buyer
) -> None:
    coupon = _live(session, store, buyer)
    order = _order(session, store, buyer, coupon)
    match_order(session, store, order, NOW)
    order.cancelled_at = NOW + timedelta(days=30)
    match_order(session, store, order, NOW + timedelta(days=30))
    assert (coupon.state, coupon.settled_at) == ("expired", coupon.expires_at)


def test_an_expired_or_withdrawn_coupon_that_the_storefront_took_is_money_given(
    session: Session, store: Store, buyer: Buyer
) -> None:
    coupon = _live(session, store, buyer)
    order = _order(session, store, buyer, coupon)
    for state, error in (("expired", None), ("void", "never sent")):
        coupon.state, coupon.error = state, error
        order.cancelled_at = None
        match_order(session, store, order, NOW)
        assert coupon.state == "redeemed"
    order.cancelled_at = NOW
    match_order(session, store, order, NOW)
    assert coupon.state == "void"


def test_another_stores_code_is_not_ours(session: Session, store: Store, buyer: Buyer) -> None:
    coupon = _live(session, store, buyer)
    elsewhere = make_store(session)
    stranger = make_buyer(session, elsewhere)
    order = _order(session, elsewhere, stranger, coupon)
    match_order(session, elsewhere, order, NOW)
    assert coupon.state == "live"


@pytest.mark.parametrize("turns", list(permutations(range(4))))
def test_every_order_of_the_news_ends_in_the_same_books(
    session: Session, store: Store, buyer: Buyer, turns: tuple[int, ...]
) -> None:
    coupon = _live(session, store, buyer)
    orders = [_order(session, store, buyer, coupon, discount_minor=1000) for _ in range(3)]
    orders[1].cancelled_at = NOW
    news = [*orders, orders[1]]
    for turn in turns:
        match_order(session, store, news[turn], NOW)
    assert (coupon.state, coupon.alarm) == ("redeemed", "redeemed_twice")
    assert _costs(session) == [1000, 1000]
    assert books(session, store.id, 7).given_minor == 2000


def test_money_in_another_currency_stays_out_of_the_books(
    session: Session, store: Store, buyer: Buyer
) -> None:
    coupon = _live(session, store, buyer)
    order = _order(session, store, buyer, coupon, currency="USD", discount_minor=900)
    match_order(session, store, order, NOW)
    assert coupon.state == "redeemed"
    assert books(session, store.id).given_minor == 0
