"""Coupons end by themselves, and those nobody was told are taken back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm import db
from crm.buyers.models import Buyer
from crm.coupons import queries
from crm.coupons.books import Books, books
from crm.coupons.create import ensure
from crm.coupons.jobs import sweep_coupons
from crm.coupons.ledger import Occasion, announce, reserve
from crm.coupons.models import Coupon
from crm.coupons.queries import CouponFilter
from crm.messages.models import Message
from crm.stores.models import Store
from tests.coupons.shops import connect
from tests.factories import NOW, make_buyer, make_order, make_store
from tests.fakes.woocommerce import Shop

OFFER = {"percent": 20, "valid_days": 14}


def _coupon(session: Session, store: Store, buyer: Buyer, occurrence: str = "once") -> Coupon:
    return reserve(session, store, Occasion(7, occurrence, buyer.id), OFFER, NOW)


def _mail(session: Session, coupon: Coupon, state: str) -> None:
    values: dict[str, Any] = {
        "occurrence": coupon.occurrence,
        "kind": "promotion",
        "channel": "email",
        "message_class": "marketing",
        "recipient": "hash",
        "content": {},
        "not_before": NOW,
        "expires_at": NOW,
        "created_at": NOW,
    }
    session.add(
        Message(
            store_id=coupon.store_id,
            campaign_id=coupon.campaign_id,
            buyer_id=coupon.buyer_id,
            coupon_id=coupon.id,
            state=state,
            **values,
        )
    )
    session.flush()


def _state(coupon: Coupon) -> tuple[str, str | None]:
    with db.session() as session:
        row = session.get_one(Coupon, (coupon.store_id, coupon.id))
        return row.state, row.error


def test_a_coupon_expires_after_its_last_day_and_not_before(database: None, at: Any) -> None:
    with db.session() as session:
        store = make_store(session)
        coupon = _coupon(session, store, make_buyer(session, store))
        _mail(session, coupon, "accepted")
    at("2026-12-05T22:59:59Z")
    assert sweep_coupons() == 0
    at("2026-12-05T23:00:00Z")
    assert sweep_coupons() == 1
    assert _state(coupon) == ("expired", None)
    assert sweep_coupons() == 0


@pytest.mark.parametrize("state", ["refused", "cancelled", "expired"])
def test_a_coupon_whose_mail_never_went_out_is_taken_from_the_storefront(
    database: None, state: str
) -> None:
    with Shop() as shop:
        with db.session() as session:
            store = connect(session, shop)
            coupon = _coupon(session, store, make_buyer(session, store))
            _mail(session, coupon, state)
        ensure(store.id, coupon.id, NOW)
        assert shop.codes == [coupon.code.lower()]
        assert sweep_coupons() == 1
        assert shop.codes == []
        assert _state(coupon) == ("void", "The message that should have carried it was never sent.")
        assert sweep_coupons() == 0


@pytest.mark.parametrize(
    "state", ["queued", "deferred", "claimed", "in_flight", "uncertain", "accepted", "bounced"]
)
def test_a_coupon_whose_mail_may_have_arrived_stays(database: None, state: str) -> None:
    with db.session() as session:
        store = make_store(session)
        coupon = _coupon(session, store, make_buyer(session, store))
        _mail(session, coupon, state)
    assert sweep_coupons() == 0
    assert _state(coupon) == ("issued", None)


def test_an_announced_coupon_stays_even_if_its_mail_is_refused_later(database: None) -> None:
    with db.session() as session:
        store = make_store(session)
        coupon = _coupon(session, store, make_buyer(session, store))
        announce(session, coupon, NOW)
        _mail(session, coupon, "refused")
    assert sweep_coupons() == 0


def test_a_coupon_without_any_mail_is_withdrawn_after_a_day(database: None, at: Any) -> None:
    with db.session() as session:
        store = make_store(session)
        coupon = _coupon(session, store, make_buyer(session, store))
    assert sweep_coupons() == 0
    at("2026-11-22T09:00:01Z")
    assert sweep_coupons() == 1
    assert _state(coupon)[0] == "void"


def test_a_storefront_that_is_away_is_asked_again_later(database: None) -> None:
    with Shop() as shop:
        with db.session() as session:
            store = connect(session, shop)
            coupon = _coupon(session, store, make_buyer(session, store))
            _mail(session, coupon, "refused")
        ensure(store.id, coupon.id, NOW)
        shop.refusals.append(503)
        assert sweep_coupons() == 0
        assert _state(coupon)[0] == "live"
        assert sweep_coupons() == 1
        assert shop.codes == []


def test_the_books_balance_and_lists_are_paged(session: Session) -> None:
    store = make_store(session)
    buyers = [make_buyer(session, store) for _ in range(5)]
    states = ["issued", "live", "redeemed", "expired", "void"]
    coupons = [_coupon(session, store, buyer) for buyer in buyers]
    for coupon, state in zip(coupons, states, strict=True):
        coupon.state = state
    other = make_store(session)
    _coupon(session, other, make_buyer(session, other))
    balance = books(session, store.id)
    assert balance == Books(5, 1, 1, 1, 1, 1, 0, "EUR", 0)
    parts = (balance.waiting, balance.live, balance.redeemed, balance.expired, balance.void)
    assert balance.issued == sum(parts)
    assert books(session, store.id, 8).issued == 0

    page = queries.list_coupons(session, [store.id], CouponFilter(), None, 3)
    rest = queries.list_coupons(session, [store.id], CouponFilter(), page[-1].id, 3)
    assert [one.id for one in page + rest] == [one.id for one in reversed(coupons)]
    live = queries.list_coupons(session, [store.id], CouponFilter(state="live"), None, 9)
    assert [one.id for one in live] == [coupons[1].id]
    hers = CouponFilter(buyer_id=buyers[0].id, campaign_id=7, alarm=False)
    assert len(queries.list_coupons(session, None, hers, None, 9)) == 1
    assert queries.find_coupon(session, other.id, coupons[0].id) is None


def test_redemptions_are_read_for_many_coupons_at_once(session: Session) -> None:
    from crm.coupons.redeem import match_order

    store = make_store(session)
    buyer = make_buyer(session, store)
    used, unused = (_coupon(session, store, buyer, name) for name in ("a", "b"))
    for days in (2, 1):
        placed = NOW - timedelta(days=days)
        order = make_order(session, store, buyer, coupon_codes=[used.code], placed_at=placed)
        match_order(session, store, order, NOW)
    found = queries.redemptions(session, [used, unused])
    assert list(found) == [used.id]
    assert [row.redeemed_at for row in found[used.id]] == sorted(
        row.redeemed_at for row in found[used.id]
    )
