import json

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from crm import db, ingest
from crm.buyers.models import Buyer, Order
from crm.cli import main
from tests.factories import NOW, make_buyer, make_store, order_event, person, review_event


@pytest.fixture
def slug(database: None) -> str:
    with db.session() as session:
        store = make_store(session)
        for event in (order_event(person=person(phone="+4915123456789")), review_event()):
            ingest.apply(session, store, event, live=True, now=NOW)
        make_buyer(session, store, email="bo@example.test").phone = "+4915123456789"
        return store.slug


def privacy(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["privacy", *arguments])


def test_a_buyer_is_shown_every_row_about_her_and_nobody_elses(slug: str) -> None:
    done = privacy("export", "--store", slug, "--email", "ADA@example.test")
    rows = [json.loads(line) for line in done.output.splitlines()]
    tables = {row["table"] for row in rows}
    assert {"buyers", "identities", "orders", "order_items", "reviews"} <= tables
    assert "bo@example.test" not in done.output


def test_an_erased_buyer_is_found_no_more(slug: str) -> None:
    done = privacy("erase", "--store", slug, "--email", "ada@example.test", "--json")
    assert done.exit_code == 0
    erased = int(json.loads(done.output)["erased"])
    with db.session() as session:
        assert session.scalars(select(Buyer.email).where(Buyer.id == erased)).one() is None
        assert session.scalars(select(Order.total_minor)).one() == 5990
    again = privacy("erase", "--store", slug, "--email", "ada@example.test")
    assert (again.exit_code, "Nobody" in again.output) == (1, True)


def test_a_buyer_must_be_named_once_and_clearly(slug: str) -> None:
    assert privacy("erase", "--store", slug).exit_code == 2
    assert privacy("erase", "--store", slug, "--email", "a@b.test", "--buyer", "1").exit_code == 2
    shared = privacy("export", "--store", slug, "--phone", "+4915123456789")
    assert (shared.exit_code, "--buyer" in shared.output) == (1, True)
    assert privacy("export", "--store", slug, "--buyer", "999999").exit_code == 1
