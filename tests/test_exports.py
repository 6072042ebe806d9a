import json
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from crm import db, exports, ingest
from crm.cli import main
from crm.stores.models import Store
from tests.factories import (
    NOW,
    consent_event,
    make_store,
    order_deleted,
    order_event,
    person,
    review_event,
)


def told(session: Session) -> Store:
    store = make_store(session)
    for event in (
        order_event(refunded_minor=990, person=person(accepts_marketing=True)),
        order_event(external_id="1002"),
        order_deleted(external_id="1002"),
        review_event(rating=1),
        consent_event(),
    ):
        ingest.apply(session, store, event, live=True, now=NOW)
    return store


def rows(session: Session, store: Store, what: str) -> dict[str, list[dict[str, Any]]]:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for line in exports.lines(session, store, what):
        row = json.loads(line)
        kinds.setdefault(row["kind"], []).append(row)
    return kinds


def test_the_state_names_things_as_the_interface_does(session: Session) -> None:
    state = rows(session, told(session), "state")
    (buyer,), (refund,), (review,) = state["buyer"], state["refund"], state["review"]
    order = next(row for row in state["order"] if row["external_id"] == "1001")
    assert buyer["external_ids"] == ["77"]
    assert buyer["stats"]["orders"] == 1
    assert buyer["stats"]["spent"] == {"amount": "50.00", "currency": "EUR"}
    assert buyer["consents"]["email"]["status"] == "withdrawn"
    assert (order["total"], order["refunded_total"]) == ("59.90", "9.90")
    assert order["customer"]["email"] == "ada@example.test"
    assert order["items"][0]["unit_price"] == "29.95"
    assert refund["amount"]["amount"] == "9.90"
    assert (review["rating"], review["customer"]["external_ids"]) == (1, ["77"])
    assert {"kind": "order", "external_id": "1002", "deleted": True} in state["order"]


def test_consents_and_cases_are_rows_of_their_own(session: Session) -> None:
    store = told(session)
    statuses = sorted(row["status"] for row in rows(session, store, "consents")["consent"])
    assert statuses == ["granted", "withdrawn"]
    (case,) = rows(session, store, "cases")["case"]
    assert (case["type"], case["state"]) == ("bad_review", "open")


@pytest.mark.parametrize("what", exports.EXPORTS)
def test_lines_and_keys_are_sorted(session: Session, what: str) -> None:
    lines = list(exports.lines(session, told(session), what))
    assert lines == sorted(lines)
    for line in lines:
        row = json.loads(line)
        assert list(row) == sorted(row)


def test_the_command_prints_the_lines_and_refuses_an_unknown_store(database: None) -> None:
    with db.session() as session:
        store = told(session)
        expected = list(exports.lines(session, store, "state"))
    done = CliRunner().invoke(main, ["export", "state", "--store", store.slug])
    assert (done.exit_code, done.output.splitlines()) == (0, expected)
    assert CliRunner().invoke(main, ["export", "state", "--store", "nowhere"]).exit_code == 1
    assert CliRunner().invoke(main, ["export", "poems", "--store", store.slug]).exit_code == 2
