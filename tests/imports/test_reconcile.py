"""Looking ourselves: what no webhook brought comes in, is reacted to, and is told of."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from crm import alarms, db
from crm.buyers.models import Order
from crm.cases.models import Case
from crm.imports import hooks, reading, reconcile, runs
from crm.imports.models import FeedRun, HookCheck
from crm.imports.queries import FeedProgress, progress
from crm.storefronts import Page
from crm.stores.connect import NewStore, connect_store
from crm.stores.queries import get_store_by_id
from tests.factories import NOW
from tests.imports.conftest import Connected


def look(woo: Connected, at: datetime) -> dict[str, FeedProgress]:
    """Give the timetable and the readers their turn."""
    reconcile.open_due(at)
    while reading.read_on(at):
        pass
    with db.session() as session:
        return {one.feed: one for one in progress(session, woo.id, "reconcile")}


def gmt(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}"


def order_state(number: str) -> tuple[str, bool]:
    with db.session() as session:
        order = session.scalars(select(Order).where(Order.external_id == number)).one()
        return order.payment_status, order.deleted_at is not None


def kinds(at: datetime) -> list[str]:
    with db.session() as session:
        return [alarm.kind for alarm in alarms.list_alarms(session, None, at)]


def test_a_lost_order_is_found_and_told_of(woo: Connected) -> None:
    woo.shop.order(1, gmt(NOW + timedelta(minutes=1)))
    found = look(woo, NOW + timedelta(minutes=20))
    assert (found["orders"].changed, found["orders"].missed) == (1, 1)
    assert order_state("1") == ("paid", False)
    assert kinds(NOW + timedelta(minutes=20)) == ["missed"]
    assert kinds(NOW + timedelta(hours=30)) == []


def test_what_changed_a_moment_ago_may_still_be_under_way(woo: Connected) -> None:
    woo.shop.order(1, gmt(NOW + timedelta(minutes=19)))
    found = look(woo, NOW + timedelta(minutes=20))
    assert (found["orders"].changed, found["orders"].missed) == (1, 0)


def test_looks_overlap_and_come_when_it_is_time(woo: Connected) -> None:
    first = NOW + timedelta(minutes=20)
    look(woo, first)
    assert reconcile.open_due(first + timedelta(minutes=14)) == 0
    # Written while the first look was under way, seen by the second.
    woo.shop.order(1, gmt(first - timedelta(minutes=5)))
    found = look(woo, first + timedelta(minutes=15))
    assert found["orders"].changed == 1
    assert found["orders"].since == first - reconcile.OVERLAP


def test_the_past_before_the_store_was_connected_is_not_news(woo: Connected) -> None:
    woo.shop.order(1, gmt(NOW - timedelta(days=3)))
    assert look(woo, NOW + timedelta(minutes=20))["orders"].seen == 0


def test_a_thrown_away_order_is_found_in_the_trash(woo: Connected) -> None:
    woo.shop.order(1, gmt(NOW + timedelta(minutes=1)))
    look(woo, NOW + timedelta(minutes=20))
    woo.shop.orders[1] |= {"status": "trash", "date_modified_gmt": gmt(NOW + timedelta(minutes=21))}
    look(woo, NOW + timedelta(minutes=40))
    assert order_state("1") == ("paid", True)


def test_a_bad_review_found_by_looking_opens_a_case(woo: Connected) -> None:
    woo.shop.review(1, gmt(NOW + timedelta(minutes=1)), rating=1)
    look(woo, NOW + timedelta(minutes=20))
    with db.session() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1


def test_what_is_found_late_is_history(woo: Connected) -> None:
    woo.shop.review(1, gmt(NOW + timedelta(minutes=1)), rating=1)
    assert look(woo, NOW + timedelta(days=40))["reviews"].changed == 1
    with db.session() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_a_store_s_own_timetable_counts(woo: Connected) -> None:
    with db.session() as session:
        get_store_by_id(session, woo.id).settings = {"intake": {"check_minutes": 60}}
    look(woo, NOW)
    assert reconcile.open_due(NOW + timedelta(minutes=59)) == 0
    assert reconcile.open_due(NOW + timedelta(minutes=60)) == 3


def test_a_clock_that_was_set_back_does_not_silence_the_checks(woo: Connected) -> None:
    look(woo, NOW + timedelta(days=300))
    assert reconcile.open_due(NOW) == 3


def test_what_a_clock_that_ran_ahead_claims_to_have_read_is_not_believed(woo: Connected) -> None:
    look(woo, NOW)
    look(woo, NOW + timedelta(days=300))
    woo.shop.order(1, gmt(NOW + timedelta(minutes=30)))
    assert look(woo, NOW + timedelta(hours=1))["orders"].changed == 1
    assert reconcile.open_due(NOW + timedelta(hours=1, minutes=14)) == 0


def test_a_refused_key_is_told_and_tried_again(woo: Connected) -> None:
    woo.shop.plain = True
    look(woo, NOW)
    with db.session() as session:
        found = alarms.list_alarms(session, [woo.id], NOW)
        assert {alarm.kind for alarm in found} == {"unreadable"}
        assert all(alarm.grave and alarm.words for alarm in found)
    woo.shop.plain = False
    with db.session() as session:
        assert reconcile.begin(session, get_store_by_id(session, woo.id), NOW) == 0
    while reading.read_on(NOW):
        pass
    assert kinds(NOW) == []


def test_old_looks_are_forgotten_but_never_the_last(woo: Connected) -> None:
    for day in range(3):
        look(woo, NOW + timedelta(days=day))
    later = NOW + timedelta(days=30)
    with db.session() as session:
        assert reconcile.forget_runs(session, later) == 6
        assert session.scalar(select(func.count()).select_from(FeedRun)) == 3
        assert reconcile.forget_runs(session, later) == 0


def test_a_long_list_of_one_store_does_not_hold_up_the_others(woo: Connected) -> None:
    behind = NewStore("Pottery", "woocommerce", "EUR", "Europe/Berlin")
    with db.session() as session:
        other, _secret = connect_store(session, behind, NOW)
        for store_id in (woo.id, other.id):
            opening = runs.Opening("woocommerce", "orders", "reconcile", NOW)
            runs.open_run(session, store_id, opening, NOW)
    turns = []
    for number in range(6):
        with db.session() as session:
            claimed = runs.claim(session)
            assert claimed
            turns.append(claimed.store_id)
            page = Page((), f"{number}" if claimed.store_id == woo.id else None)
            assert runs.turn_page(session, claimed, page, runs.Tally(), NOW)
    assert turns[:2] == [woo.id, other.id]
    assert set(turns[2:]) == {woo.id}


def test_a_store_whose_key_is_lost_keeps_no_other_from_being_looked_at(woo: Connected) -> None:
    lost = NewStore("Pottery", "woocommerce", "EUR", "Europe/Berlin", api_url=woo.shop.url)
    with db.session() as session:
        other, _secret = connect_store(session, lost, NOW)
        other.api_key_sealed = other.api_secret_sealed = "k9:of a key that is gone"
    assert reconcile.open_due(NOW) == 3
    assert hooks.check_all(NOW) == 0
    with db.session() as session:
        assert session.scalars(select(HookCheck.store_id)).all() == [woo.id]
        (alarm,) = alarms.list_alarms(session, None, NOW)
        assert (alarm.store, alarm.kind) == (other.slug, "unreadable")
