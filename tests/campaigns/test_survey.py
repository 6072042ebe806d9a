from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.campaigns.kinds import Plan, survey
from crm.stores.models import Store
from tests.factories import NOW, make_buyer, make_order, make_store


def plan(store: Store, **days_after: int) -> Plan:
    return Plan(
        store_id=store.id,
        campaign_id=1,
        zone=ZoneInfo("Europe/Berlin"),
        schedule={"days_after": days_after or {"delivered": 7}},
        started_at=NOW,
        expires_after=timedelta(hours=72),
        occurrence_done=None,
    )


def due(session: Session, asked: Plan, now: datetime = NOW) -> list[str]:
    found = survey.due(asked, now)
    assert found is not None
    rows = found.rows.where(Buyer.store_id == asked.store_id)
    return [row.occurrence for row in session.execute(rows)]


@pytest.mark.parametrize(
    ("days", "hours", "is_due"),
    [(7, 0, True), (6, 23, False), (9, 23, True), (10, 0, False), (400, 0, False)],
)
def test_an_order_is_surveyed_from_its_day_until_the_survey_lapses(
    session: Session, days: int, hours: int, is_due: bool
) -> None:
    store = make_store(session)
    delivered_at = NOW - timedelta(days=days, hours=hours)
    order = make_order(session, store, make_buyer(session, store), delivered_at=delivered_at)
    assert due(session, plan(store)) == ([f"order:{order.id}"] if is_due else [])


def test_the_stage_can_be_shipping_or_payment(session: Session) -> None:
    store = make_store(session)
    buyer = make_buyer(session, store)
    two_days_ago = NOW - timedelta(days=2)
    order = make_order(session, store, buyer, fulfilled_at=two_days_ago, paid_at=two_days_ago)
    for stage in ("fulfilled", "paid"):
        assert due(session, plan(store, **{stage: 2})) == [f"order:{order.id}"]
    assert due(session, plan(store, delivered=2)) == []


def test_a_test_order_and_a_deleted_one_are_not_surveyed(session: Session) -> None:
    store = make_store(session)
    buyer = make_buyer(session, store)
    delivered_at = NOW - timedelta(days=8)
    make_order(session, store, buyer, delivered_at=delivered_at, test=True)
    make_order(session, store, buyer, delivered_at=delivered_at, deleted_at=NOW)
    assert due(session, plan(store)) == []


@pytest.mark.parametrize(
    "days_after", [{}, {"delivered": 7, "paid": 3}, {"delivered": "7"}, {"shipped": 2}]
)
def test_exactly_one_known_stage_with_a_whole_number_is_asked_for(
    days_after: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError):
        survey.Schedule().load({"days_after": days_after})
