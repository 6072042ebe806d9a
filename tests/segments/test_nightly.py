"""What happens to segments at night: fifths drawn anew, and a count of every saved one."""

from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy.orm import Session

from crm import db
from crm.segments.models import Segment
from crm.segments.nightly import history, jobs, rfm
from crm.segments.queries import delete_segment, save_segment
from tests.factories import NOW, make_buyer, make_store


def test_buyers_alike_score_alike(session: Session) -> None:
    store = make_store(session)
    orders = (1, 1, 1, 1, 1, 1, 1, 2, 3, 9)
    buyers = [
        make_buyer(
            session, store, orders_count=number, spent_minor=100 * place,
            last_order_at=NOW - timedelta(days=place),
        )
        for place, number in enumerate(orders)
    ]  # fmt: skip
    nobody = make_buyer(session, store)
    assert rfm.draw(session, store.id, NOW) == 1
    assert rfm.draw(session, store.id, NOW) == 0
    (cuts,) = rfm.cuts_of(session, [store.id])
    scores = [rfm.scores(cuts, buyer) for buyer in buyers]
    assert [one["frequency"] for one in scores] == [1, 1, 1, 1, 1, 1, 1, 4, 5, 5]
    assert [one["monetary"] for one in scores] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert [one["recency"] for one in scores] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert set(rfm.scores(cuts, nobody).values()) == {None}
    assert set(rfm.scores(None, buyers[0]).values()) == {None}


def test_every_saved_segment_is_counted_once_a_day(
    database: None, at: Callable[[str], None]
) -> None:
    with db.session() as session:
        store = make_store(session, timezone="Europe/Berlin")
        make_buyer(session, store, vip=True)
        segment = save_segment(session, store, "VIPs", {"condition": "vip"}, NOW)
    assert jobs.count_segments() == 1
    assert jobs.count_segments() == 0
    with db.session() as session:
        make_buyer(session, store, vip=True)
    # In Berlin it is the next day already.
    at("2026-11-21T23:30:00Z")
    assert jobs.count_segments() == 1
    with db.session() as session:
        found = session.get_one(Segment, (store.id, segment.id))
        past = history.history(session, found, date(2026, 11, 22), 30)
        assert [(one.counted_on.day, one.number) for one in past] == [(21, 1), (22, 2)]
        assert history.history(session, found, date(2026, 11, 22), 1)[0].number == 2
        delete_segment(session, found)


def test_a_segment_that_cannot_be_counted_keeps_the_others_from_nothing(session: Session) -> None:
    store = make_store(session)
    broken = save_segment(session, store, "Broken", {"condition": "vip"}, NOW)
    save_segment(session, store, "Whole", {"condition": "vip"}, NOW)
    broken.rule = {"segment": "999"}
    session.flush()
    assert history.record_counts(session, store, NOW) == 1


def test_the_job_draws_the_fifths_of_every_store(database: None) -> None:
    with db.session() as session:
        for _ in range(2):
            make_buyer(
                session, make_store(session), orders_count=1, spent_minor=5, last_order_at=NOW
            )
        make_store(session)
    assert jobs.draw_rfm() == 2
    assert jobs.draw_rfm() == 0
