"""Reports over the API."""

import csv
import io
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from crm import clock, db, ingest, registry
from crm.buyers import rollups
from crm.campaigns.models import Campaign
from crm.cases.follow import change_case
from crm.cases.open import NewCase, open_case
from crm.reports import PACKAGE
from crm.stores.models import Store
from crm.surveys.models import Response, Survey
from tests.api.conftest import Program, program
from tests.factories import make_buyer, make_order, review_deleted, review_event

NAMES = {
    "sales",
    "retention",
    "tiers",
    "campaigns",
    "satisfaction",
    "complaints",
    "completeness",
}


@pytest.fixture
def trade(store: Store) -> Store:
    """Ada bought in September and November, Bo once; a test and a yen order do not count."""
    now = clock.now()
    with db.session() as session:
        ada, bo = (make_buyer(session, store, occupation=job) for job in ("engineer", None))
        for buyer, days, changes in (
            (ada, 70, {}),
            (ada, 5, {"refunded_minor": 990}),
            (bo, 4, {"discount_minor": 500}),
            (bo, 3, {"test": True}),
            (bo, 2, {"currency": "JPY"}),
        ):
            at = now - timedelta(days=days)
            make_order(session, store, buyer, placed_at=at, paid_at=at, **changes)
        rollups.refresh(session, store, [ada.id, bo.id], now)
    return store


def test_there_are_the_reports_that_were_promised(api: Program, trade: Store) -> None:
    assert set(registry.keys(PACKAGE)) == NAMES
    for name in NAMES:
        told = api.get(f"/reports/{name}", store=trade.slug)
        assert told["report"] == name
        assert (told["from"], told["to"]) == ("2025-11-22", "2026-11-21")
        columns = [column["name"] for column in told["columns"]]
        assert all(list(row) == columns for row in told["rows"])
    api.refused("GET", "/reports/nosuch", 404, query_string={"store": trade.slug})


def test_sales_are_counted_by_local_month_in_the_stores_currency(
    api: Program, trade: Store
) -> None:
    september, november = api.get("/reports/sales", store=trade.slug)["rows"]
    assert (september["month"], september["orders"], september["new_buyers"]) == ("2026-09", 1, 1)
    assert (november["orders"], november["buyers"], november["new_buyers"]) == (2, 2, 1)
    assert november["gross"] == {"amount": "119.80", "currency": "EUR"}
    assert november["refunded"]["amount"] == "9.90"
    assert november["net"]["amount"] == "109.90"
    assert november["average_order"]["amount"] == "54.95"
    assert november["discounts"]["amount"] == "5.00"


def test_a_span_is_of_local_days_with_both_ends(api: Program, trade: Store) -> None:
    span = {"from": "2026-09-12", "to": "2026-09-12"}
    (row,) = api.get("/reports/sales", store=trade.slug, **span)["rows"]
    assert row["orders"] == 1
    problem = api.refused(
        "GET",
        "/reports/sales",
        422,
        query_string={"store": trade.slug, "from": "2026-09-12", "to": "2026-09-11"},
    )
    assert "from" in problem["errors"]


def test_retention_tells_who_came_back(api: Program, trade: Store) -> None:
    september, november = api.get("/reports/retention", store=trade.slug)["rows"]
    assert (september["buyers"], september["back_in_90_days"], september["back_percent"]) == (
        1,
        1,
        100.0,
    )
    assert september["loyal_net"]["amount"] == "50.00"
    assert september["loyal_percent"] == 45.5
    assert (november["buyers"], november["back_in_365_days"]) == (1, 0)


def test_completeness_equals_a_direct_count(api: Program, trade: Store) -> None:
    rows = {row["field"]: row for row in api.get("/reports/completeness", store=trade.slug)["rows"]}
    assert (rows["occupation"]["known"], rows["occupation"]["buyers"]) == (1, 2)
    assert rows["occupation"]["percent"] == 50.0
    assert rows["email"]["percent"] == 100.0


def test_complaints_tell_how_they_ended_and_what_they_cost(api: Program, store: Store) -> None:
    now = clock.now()
    with db.session() as session:
        buyer = make_buyer(session, store)
        for hours in (2, 4):
            opened_at = now - timedelta(hours=hours)
            case = open_case(
                session, store, NewCase(buyer.id, "return", "Too big"), "me", opened_at
            )
        ending = {"state": "closed", "verdict": "satisfied", "cost": "3.20"}
        change_case(session, case, ending, "me", now)
    (row,) = api.get("/reports/complaints", store=store.slug)["rows"]
    assert (row["type"], row["opened"], row["open"], row["satisfied"]) == ("return", 2, 1, 1)
    assert row["hours_to_close"] == 4.0
    assert row["hours_to_answer"] is None
    assert row["cost"] == {"amount": "3.20", "currency": "EUR"}


def test_value_classes_add_up_to_everybody(api: Program, trade: Store) -> None:
    rows = api.get("/reports/tiers", store=trade.slug)["rows"]
    assert sum(row["buyers"] for row in rows) == 2
    assert sum(float(row["spent"]["amount"]) for row in rows) == 169.8
    assert sum(row["came_up"] for row in rows) == 2
    assert sum(row["came_down"] for row in rows) == 0


def test_satisfaction_counts_what_stands(api: Program, store: Store) -> None:
    with db.session() as session:
        buyer = make_buyer(session, store)
        survey = Survey(store_id=store.id, campaign_id=7, name="S", created_at=clock.now())
        session.add(survey)
        session.flush()
        known = {"store_id": store.id, "survey_id": survey.id, "buyer_id": buyer.id}
        for message_id, score in ((1, 5), (2, 2)):
            row = Response(message_id=message_id, score=score, answered_at=clock.now(), **known)
            session.add(row)
        for event in (
            review_event(rating=1),
            review_event(external_id="R2", rating=4),
            review_event(external_id="R3", rating=2),
            review_deleted(external_id="R3"),
        ):
            ingest.apply(session, store, event, live=False, now=clock.now())
    (row,) = api.get("/reports/satisfaction", store=store.slug)["rows"]
    assert row == {
        "month": "2026-11",
        "answers": 2,
        "average_score": 3.5,
        "low_scores": 1,
        "reviews": 2,
        "average_rating": 2.5,
        "bad_reviews": 1,
    }


def test_csv_is_safe_to_open_in_a_spreadsheet(api: Program, store: Store) -> None:
    now = clock.now()
    with db.session() as session:
        session.add(
            Campaign(
                store_id=store.id,
                name="=HYPERLINK(1)",
                kind="promotion",
                message={},
                state="running",
                started_at=now,
                created_at=now,
                updated_at=now,
            )
        )
    answer = api.call(
        "GET", "/reports/campaigns", query_string={"store": store.slug, "format": "csv"}
    )
    assert answer.mimetype == "text/csv"
    (row,) = csv.DictReader(io.StringIO(answer.get_data(as_text=True)))
    assert row["name"] == "'=HYPERLINK(1)"
    assert (row["net_revenue"], row["currency"]) == ("0.00", "EUR")


def test_a_report_of_another_store_is_refused(
    client: FlaskClient, store: Store, other_store: Store
) -> None:
    stranger = program(client, "owner", [other_store])
    for name in NAMES:
        stranger.refused("GET", f"/reports/{name}", 422, query_string={"store": store.slug})
