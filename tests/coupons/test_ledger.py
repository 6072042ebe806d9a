"""A coupon is written once per occasion, with a code that can be derived again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import db
from crm.coupons.ledger import Occasion, announce, last_day, reserve
from crm.coupons.models import Coupon
from crm.errors import Rejected
from tests.factories import NOW, make_buyer, make_store

OFFER = {"percent": 20, "valid_days": 14, "minimum": "30.00", "single_use": True, "prefix": "VIP"}


def test_a_reserved_coupon_says_what_was_offered(session: Session) -> None:
    store = make_store(session)
    buyer = make_buyer(session, store)
    coupon = reserve(session, store, Occasion(7, "once", buyer.id), OFFER, NOW)
    assert (coupon.state, coupon.percent, coupon.amount_minor) == ("issued", 20, None)
    assert (coupon.minimum_minor, coupon.currency, coupon.single_use) == (3000, "EUR", True)
    assert coupon.code.startswith("VIP-")
    assert len(coupon.code) == 14
    assert coupon.issued_at == NOW


def test_the_same_occasion_has_the_same_coupon(session: Session) -> None:
    store = make_store(session)
    occasion = Occasion(7, "2026", make_buyer(session, store).id)
    first = reserve(session, store, occasion, OFFER, NOW)
    again = reserve(session, store, occasion, OFFER, NOW + timedelta(days=1))
    assert again.id == first.id
    assert again.expires_at == first.expires_at


def test_occasions_never_share_a_code(session: Session) -> None:
    store = make_store(session)
    buyers = [make_buyer(session, store).id for _ in range(20)]
    coupons = [
        reserve(session, store, Occasion(campaign, year, buyer), OFFER, NOW)
        for campaign in (1, 2)
        for year in ("2026", "2027")
        for buyer in buyers
    ]
    assert len({coupon.code.lower() for coupon in coupons}) == 80


def test_a_code_that_is_taken_is_derived_anew(session: Session) -> None:
    store = make_store(session)
    first, second = (make_buyer(session, store).id for _ in range(2))
    wanted = reserve(session, store, Occasion(7, "once", first), OFFER, NOW)
    code = wanted.code
    wanted.buyer_id = second
    session.flush()
    other = reserve(session, store, Occasion(7, "once", first), OFFER, NOW)
    assert other.code != code
    assert other.code.startswith("VIP-")


def test_an_amount_is_kept_in_the_stores_currency(session: Session) -> None:
    store = make_store(session, currency="JPY")
    occasion = Occasion(7, "once", make_buyer(session, store).id)
    coupon = reserve(session, store, occasion, {"amount": "500", "valid_days": 3}, NOW)
    assert (coupon.amount_minor, coupon.percent, coupon.currency) == (500, None, "JPY")
    assert coupon.code.startswith("THX-")


@pytest.mark.parametrize("offer", [{"valid_days": 3}, {"percent": 5, "amount": "5.00"}])
def test_an_offer_of_nothing_or_of_two_things_is_refused(
    session: Session, offer: dict[str, object]
) -> None:
    store = make_store(session)
    with pytest.raises(Rejected):
        reserve(session, store, Occasion(7, "once", make_buyer(session, store).id), offer, NOW)


@pytest.mark.parametrize(
    ("zone", "now", "days", "day", "instant"),
    [
        ("Europe/Berlin", "2026-12-01T09:00:00", 14, "2026-12-15", "2026-12-15T22:59:59"),
        ("Asia/Shanghai", "2026-12-01T17:00:00", 14, "2026-12-16", "2026-12-16T15:59:59"),
        ("Europe/Berlin", "2026-12-01T09:00:00", 0, "2026-12-01", "2026-12-01T22:59:59"),
        ("Europe/Berlin", "2026-03-28T12:00:00", 1, "2026-03-29", "2026-03-29T21:59:59"),
        ("America/Santiago", "2026-09-04T12:00:00", 1, "2026-09-05", "2026-09-06T03:59:59"),
    ],
)
def test_a_coupon_ends_with_the_nth_local_day_of_the_store(
    session: Session, zone: str, now: str, days: int, day: str, instant: str
) -> None:
    store = make_store(session, timezone=zone)
    ends = last_day(store, days, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert ends == (date.fromisoformat(day), datetime.fromisoformat(instant).replace(tzinfo=UTC))


def test_a_coupon_is_announced_once(session: Session) -> None:
    store = make_store(session)
    coupon = reserve(session, store, Occasion(7, "x", make_buyer(session, store).id), OFFER, NOW)
    announce(session, coupon, NOW)
    announce(session, coupon, NOW + timedelta(days=1))
    assert coupon.announced_at == NOW


def test_eight_who_decide_at_once_issue_one_coupon(database: None) -> None:
    with db.session() as session:
        store = make_store(session)
        occasion = Occasion(7, "2026", make_buyer(session, store).id)

    def decide(_: int) -> int:
        with db.session() as mine:
            return reserve(mine, store, occasion, OFFER, NOW).id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(decide, range(8)))) == 1
    with db.session() as session:
        assert session.scalar(select(func.count()).select_from(Coupon)) == 1
