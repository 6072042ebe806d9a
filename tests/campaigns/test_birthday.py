from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lunar_python import Lunar
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.campaigns.kinds import Plan, birthday
from crm.stores.models import Store
from tests.factories import make_buyer, make_store

ZONES = ("Europe/Berlin", "Asia/Shanghai", "America/New_York", "Pacific/Auckland", None)


def plan(store: Store, **schedule: Any) -> Plan:
    return Plan(
        store_id=store.id,
        campaign_id=1,
        zone=ZoneInfo("Europe/Berlin"),
        schedule={"days_before": 0, "time": "09:00", **schedule},
        started_at=datetime(2020, 1, 1, tzinfo=UTC),
        expires_after=timedelta(hours=72),
        occurrence_done=None,
    )


def born(session: Session, store: Store, month: int, day: int, **more: Any) -> Buyer:
    return make_buyer(session, store, birth_month=month, birth_day=day, **more)


def due_at(session: Session, store: Store, now: str, **schedule: Any) -> list[tuple[int, str]]:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    due = birthday.due(plan(store, **schedule), moment)
    assert due is not None
    asked = due.rows.where(Buyer.store_id == store.id)
    return [(row.buyer_id, row.occurrence) for row in session.execute(asked)]


def test_a_wish_is_due_from_its_hour_on_the_buyers_clock_until_the_day_is_over(
    session: Session,
) -> None:
    store = make_store(session)
    mei = born(session, store, 11, 21, timezone="Asia/Shanghai")
    assert due_at(session, store, "2026-11-21T00:59:00") == []
    assert due_at(session, store, "2026-11-21T01:00:00") == [(mei.id, "2026")]
    assert due_at(session, store, "2026-11-21T15:59:00") == [(mei.id, "2026")]
    assert due_at(session, store, "2026-11-21T16:00:00") == []


def test_a_buyer_without_a_zone_is_greeted_on_the_stores_clock(session: Session) -> None:
    store = make_store(session)
    born(session, store, 11, 21)
    assert due_at(session, store, "2026-11-21T07:59:00") == []
    assert len(due_at(session, store, "2026-11-21T08:00:00")) == 1


def test_the_leap_day_is_greeted_on_28_february_in_common_years(session: Session) -> None:
    store = make_store(session)
    leap = born(session, store, 2, 29, timezone="UTC")
    assert due_at(session, store, "2027-02-28T12:00:00") == [(leap.id, "2027")]
    assert due_at(session, store, "2027-03-01T12:00:00") == []
    assert due_at(session, store, "2028-02-28T12:00:00") == []
    assert due_at(session, store, "2028-02-29T12:00:00") == [(leap.id, "2028")]


def test_a_wish_made_days_before_crosses_the_years_end(session: Session) -> None:
    store = make_store(session)
    buyer = born(session, store, 1, 2, timezone="UTC")
    found = due_at(session, store, "2026-12-30T12:00:00", days_before=3)
    assert found == [(buyer.id, "2027")]


@pytest.mark.parametrize("day", [15, 30])
def test_a_lunar_birthday_follows_the_chinese_calendar(session: Session, day: int) -> None:
    store = make_store(session)
    born(session, store, 8, day, birth_calendar="lunar", timezone="Asia/Shanghai")
    greeted = _greeted(session, store, date(2026, 7, 1), 120)
    last = Lunar.fromYmd(2026, 8, min(day, 29)).getSolar()
    expected = date(last.getYear(), last.getMonth(), last.getDay())
    on = [when for when, _who, _key in greeted]
    assert len(on) == 1
    assert on[0] - expected in (timedelta(0), timedelta(days=1))


def test_a_birthday_that_changes_its_calendar_is_not_greeted_again_that_year(
    session: Session,
) -> None:
    store = make_store(session)
    buyer = born(session, store, 5, 1, timezone="UTC")
    assert due_at(session, store, "2026-05-01T12:00:00") == [(buyer.id, "2026")]
    buyer.birth_calendar, buyer.birth_month, buyer.birth_day = "lunar", 8, 15
    session.flush()
    assert due_at(session, store, "2026-09-25T12:00:00") == [(buyer.id, "2026")]


def test_every_birthday_is_greeted_exactly_once_a_year_in_every_zone(session: Session) -> None:
    store = make_store(session)
    day = date(2028, 1, 1)
    for number in range(366):
        born(
            session,
            store,
            day.month,
            day.day,
            timezone=ZONES[number % len(ZONES)],
        )
        day += timedelta(days=1)
    greeted = _greeted(session, store, date(2027, 12, 31), 368)
    keys = Counter((who, key) for _when, who, key in greeted)
    assert set(keys.values()) == {1}
    per_year = Counter(key for _when, _who, key in greeted)
    assert per_year["2028"] == 366


def _greeted(session: Session, store: Store, start: date, days: int) -> list[tuple[date, int, str]]:
    """Look every twelve hours, as the ledger would: whoever is due and not yet greeted."""
    greeted: dict[tuple[int, str], date] = {}
    for step in range(days * 2):
        now = datetime.combine(start, time(), UTC) + timedelta(hours=12 * step)
        due = birthday.due(plan(store), now)
        assert due is not None
        rows = due.rows.where(Buyer.store_id == store.id)
        for row in session.execute(rows):
            local = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
            greeted.setdefault((row.buyer_id, row.occurrence), local)
    return [(when, who, key) for (who, key), when in greeted.items()]
