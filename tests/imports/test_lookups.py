"""Things of which only the name came: read once, however often they were mentioned."""

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crm import alarms, db, ingest
from crm.buyers.models import Order
from crm.events import LookUp, Version
from crm.imports import lookups
from crm.signing import seal
from crm.stores.models import StoreLookup
from crm.stores.queries import get_store_by_id
from crm.webhooks.models import Webhook
from tests.factories import NOW, make_store, order_event
from tests.imports.conftest import Connected


def mention(woo: Connected, number: str, times: int = 1) -> None:
    with db.session() as session:
        store = get_store_by_id(session, woo.id)
        for _ in range(times):
            wanted = LookUp(Version(NOW), "order", number)
            assert ingest.apply(session, store, wanted, live=True, now=NOW) == "asked"


def waiting() -> list[tuple[str, int, str | None]]:
    with db.session() as session:
        rows = session.execute(
            select(StoreLookup.external_id, StoreLookup.tries, StoreLookup.error)
        )
        return [(row[0], row[1], row[2]) for row in rows]


def test_a_name_becomes_the_thing_with_one_call(woo: Connected) -> None:
    woo.shop.order(5, "2026-11-20T10:00:00")
    mention(woo, "5", times=3)
    assert lookups.look_up_due(NOW) == 1
    assert waiting() == []
    assert len(woo.shop.requests) == 1
    with db.session() as session:
        assert session.scalars(select(Order.external_id)).all() == ["5"]


def test_one_mentioned_again_while_it_was_read_is_read_once_more(woo: Connected) -> None:
    woo.shop.order(5, "2026-11-20T10:00:00")
    mention(woo, "5")
    with db.session() as session:
        (due,) = lookups._claim(session)
    mention(woo, "5")
    assert lookups._settle(due, NOW) == 1
    assert waiting() == [("5", 0, None)]
    assert lookups.look_up_due(NOW) == 1
    assert waiting() == []


def test_a_reader_who_comes_late_does_not_settle_a_later_mention(woo: Connected) -> None:
    woo.shop.order(5, "2026-11-20T10:00:00")
    mention(woo, "5")
    with db.session() as session:
        (late,) = lookups._claim(session)
        session.execute(delete(StoreLookup))  # another reader was quicker
    mention(woo, "5")
    with db.session() as session:
        session.execute(update(StoreLookup).values(asked_at=NOW + timedelta(minutes=9)))
    lookups._settle(late, NOW)
    assert len(waiting()) == 1


def test_a_thing_that_is_gone_is_settled(woo: Connected) -> None:
    mention(woo, "9")
    assert lookups.look_up_due(NOW) == 1
    assert waiting() == []


def test_trouble_puts_it_off_and_after_three_times_somebody_is_told(woo: Connected) -> None:
    woo.shop.plain = True
    mention(woo, "5")
    for tries in (1, 2, 3):
        assert lookups.look_up_due(NOW) == 0
        ((_, tried, error),) = waiting()
        assert tried == tries
        assert error
        with db.session() as session:
            session.scalars(select(StoreLookup)).one().not_before = NOW - timedelta(days=400)
    with db.session() as session:
        (alarm,) = alarms.list_alarms(session, [woo.id], NOW)
    assert alarm.kind == "lookups"
    assert error in alarm.words


def test_without_access_a_name_is_only_noted(session: Session) -> None:
    store = make_store(session, platform="bigcommerce")
    wanted = LookUp(Version(NOW), "order", "5")
    assert ingest.apply(session, store, wanted, live=True, now=NOW) == "unread"
    assert session.scalars(select(StoreLookup)).all() == []


def test_one_that_cannot_be_read_for_weeks_is_given_up(woo: Connected) -> None:
    woo.shop.plain = True
    mention(woo, "5")
    with db.session() as session:
        session.execute(update(StoreLookup).values(tries=98))
    for _ in range(2):
        assert len(waiting()) == 1
        with db.session() as session:
            session.execute(update(StoreLookup).values(not_before=NOW - timedelta(days=1)))
        lookups.look_up_due(NOW)
    assert waiting() == []


def test_what_is_gone_was_there_until_it_was_mentioned_last(woo: Connected) -> None:
    mention(woo, "5")
    with db.session() as session:
        store = get_store_by_id(session, woo.id)
        seen = order_event(external_id="5", version=Version(NOW + timedelta(minutes=30)))
        assert ingest.apply(session, store, seen, live=True, now=NOW) == "applied"
        later = NOW + timedelta(hours=1)
        again = LookUp(Version(later), "order", "5")
        assert ingest.apply(session, store, again, live=True, now=later) == "asked"
    assert lookups.look_up_due(NOW) == 1
    with db.session() as session:
        assert session.scalars(select(Order)).one().deleted_at is not None


def test_names_that_nobody_may_look_up_are_told_of_until_access_is_given(
    session: Session,
) -> None:
    store = make_store(session, platform="bigcommerce")
    session.add(
        Webhook(
            store_id=store.id,
            platform="bigcommerce",
            delivery_id="one",
            topic="store/order/updated",
            headers={},
            state="done",
            outcome="unread",
            received_at=NOW,
        )
    )
    (alarm,) = alarms.list_alarms(session, [store.id], NOW)
    assert (alarm.kind, alarm.grave) == ("unread", True)
    store.api_url, store.api_key_sealed = "https://api.example.test", seal("key")
    assert alarms.list_alarms(session, [store.id], NOW) == []
