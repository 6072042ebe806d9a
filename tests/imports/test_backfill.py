"""The past of a shop: all it lists becomes facts, none is reacted to, a crash costs a page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from crm import db
from crm.buyers.models import Buyer, Order, Review
from crm.cases.models import Case
from crm.errors import Rejected
from crm.imports import backfill, reading, runs
from crm.imports.models import FeedRun
from crm.imports.queries import FeedProgress, progress
from crm.storefronts import Page
from crm.stores.connect import NewStore, connect_store
from crm.stores.models import Store
from crm.stores.queries import get_store_by_id
from tests.factories import NOW
from tests.imports.conftest import Connected


def fill(woo: Connected, orders: int = 120) -> None:
    """Give the shop a past."""
    for number in range(1, orders + 1):
        at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=number)
        billing = {"email": f"c{number % 40}@example.test"}
        woo.shop.order(number, f"{at:%Y-%m-%dT%H:%M:%S}", customer_id=number % 40, billing=billing)
    woo.shop.customer(7, "2026-02-01T10:00:00")
    woo.shop.review(1, "2026-03-05T10:00:00", rating=1, reviewer_email="c7@example.test")


def begin(woo: Connected, since: datetime | None = None) -> bool:
    with db.session() as session:
        return backfill.begin(session, get_store_by_id(session, woo.id), since, NOW)


def standing(woo: Connected) -> dict[str, FeedProgress]:
    with db.session() as session:
        return {one.feed: one for one in progress(session, woo.id, "backfill")}


def counted(thing: Any) -> int:
    with db.session() as session:
        return session.scalar(select(func.count()).select_from(thing)) or 0


def test_the_past_becomes_facts_and_nothing_is_reacted_to(woo: Connected) -> None:
    fill(woo)
    assert begin(woo)
    assert reading.read_on(NOW) >= 3
    assert reading.read_on(NOW) == 0
    found = standing(woo)
    assert set(found) == {"customers", "orders", "reviews"}
    assert all(one.finished_at == NOW and not one.error for one in found.values())
    assert found["orders"].changed == 120
    assert found["orders"].seen >= found["orders"].total == 120
    assert (counted(Order), counted(Review), counted(Buyer)) == (120, 1, 40)
    # Two stars or less would open a case, were it news.
    assert counted(Case) == 0


def test_reading_the_past_twice_changes_nothing(woo: Connected) -> None:
    fill(woo, 5)
    begin(woo)
    reading.read_on(NOW)
    assert begin(woo)
    reading.read_on(NOW)
    assert [one.changed for one in standing(woo).values()] == [0, 0, 0]
    assert counted(Order) == 5


def test_one_that_is_open_goes_on_where_it_stopped(woo: Connected) -> None:
    fill(woo)
    begin(woo)
    while standing(woo)["orders"].seen == 0:
        reading.read_on(NOW, most_pages=1)
    before = standing(woo)["orders"]
    assert before.finished_at is None
    assert not begin(woo)
    asked = len(woo.shop.requests)
    while reading.read_on(NOW):
        pass
    after = standing(woo)["orders"]
    assert after.finished_at
    assert after.changed == 120
    again = [path for _, path in woo.shop.requests[asked:] if "/orders" in path]
    assert not [path for path in again if "modified_after" not in path and "status=any" in path]


def test_a_reader_that_died_is_replaced_at_once_when_somebody_asks(woo: Connected) -> None:
    fill(woo, 3)
    begin(woo)
    with db.session() as session:
        dead = runs.claim(session, woo.id)
    assert dead is not None
    while reading.read_on(NOW):
        pass
    assert len([one for one in standing(woo).values() if one.finished_at is None]) == 1
    begin(woo)
    while reading.read_on(NOW):
        pass
    assert all(one.finished_at for one in standing(woo).values())
    with db.session() as session:
        assert not runs.turn_page(session, dead, Page((), None), runs.Tally(), NOW)


def test_another_date_starts_over_and_leaves_out_what_is_older(woo: Connected) -> None:
    fill(woo)
    begin(woo)
    assert begin(woo, datetime(2026, 3, 1, 1, 50, tzinfo=UTC))
    while reading.read_on(NOW):
        pass
    assert counted(Order) == 11
    assert {one.since for one in standing(woo).values()} == {
        datetime(2026, 3, 1, 1, 50, tzinfo=UTC)
    }


def test_what_cannot_be_understood_is_listed_and_keeps_nobody_waiting(woo: Connected) -> None:
    fill(woo, 3)
    woo.shop.orders[2]["total"] = "twelve"
    begin(woo)
    while reading.read_on(NOW):
        pass
    orders = standing(woo)["orders"]
    assert (orders.seen, orders.changed, orders.refused) == (3, 2, 1)
    assert orders.refusals[0]["id"] == "2"
    assert "total" in orders.refusals[0]["reason"]


def test_a_shop_that_is_away_is_asked_again_later_and_nothing_is_lost(woo: Connected) -> None:
    fill(woo, 3)
    begin(woo)
    woo.shop.refusals.extend([503] * 6)
    while reading.read_on(NOW):
        pass
    assert any(one.error for one in standing(woo).values())
    woo.shop.refusals.clear()
    with db.session() as session:
        runs.try_again(session, woo.id)
    while reading.read_on(NOW):
        pass
    assert all(one.finished_at and not one.error for one in standing(woo).values())
    assert counted(Order) == 3


def test_it_can_be_stopped(woo: Connected) -> None:
    fill(woo, 3)
    begin(woo)
    with db.session() as session:
        assert backfill.stop(session, get_store_by_id(session, woo.id), NOW) == 3
    assert reading.read_on(NOW) == 0
    assert counted(Order) == 0
    assert standing(woo) == {}


def test_a_store_that_cannot_be_read_says_what_is_missing(database: None) -> None:
    with db.session() as session:
        without, _ = connect_store(
            session, NewStore("A", "woocommerce", "EUR", "Europe/Berlin"), NOW
        )
        deaf, _ = connect_store(session, NewStore("B", "standard", "EUR", "Europe/Berlin"), NOW)
        with pytest.raises(Rejected) as no:
            backfill.begin(session, without, None, NOW)
        assert set(no.value.errors) == {"api_url", "api_key", "api_secret"}
        with pytest.raises(Rejected, match="no interface"):
            backfill.begin(session, deaf, None, NOW)
        assert session.scalar(select(func.count()).select_from(FeedRun)) == 0
        assert session.scalar(select(func.count()).select_from(Store)) == 2


def test_of_two_who_read_a_slow_page_the_first_to_end_turns_it(woo: Connected) -> None:
    begin(woo)
    with db.session() as session:
        slow = runs.claim(session, woo.id)
        lapsed = update(FeedRun).where(FeedRun.lease_until.is_not(None))
        session.execute(lapsed.values(lease_until=NOW - timedelta(days=1)))
        second = runs.claim(session, woo.id)
    assert slow is not None
    assert second is not None
    assert slow.id == second.id
    turned = [(slow, True), (second, False), (slow, False)]
    for holder, is_first in turned:
        with db.session() as session:
            turn = runs.turn_page(session, holder, Page((), "2"), runs.Tally(seen=5), NOW)
            assert turn is is_first
    assert sum(one.seen for one in standing(woo).values()) == 5
