"""`crm import`: what comes of a file, and that nothing is lost, doubled or raised by it."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select

from crm import db, ingest
from crm.buyers.consent import Decision, record_consent
from crm.buyers.models import Buyer, Consent, ConsentEvent, Identity, Suppression
from crm.buyers.queries import Wanted, search
from crm.events import BuyerErased
from crm.stores.queries import get_store
from tests.factories import NOW, version

Figures = Callable[..., Any]
State = Callable[[], list[dict[str, Any]]]

BUYERS = """id,email,phone,first_name,last_name,birthday,address.city,address.country
1,ada@example.test,0151 23456789,Ada,Brew,1990-02-28,Lübeck,DE
2,bob@example.test,+442079460000,Bob,Leaf,--02-29,London,GB
"""
ORDERS = (
    "id,placed_at,total,currency,payment_status,customer.id,customer.email,"
    "items.0.product_id,items.0.title,items.0.quantity,items.0.total"
    """
1001,2026-03-01T10:00:00Z,59.90,EUR,paid,1,ada@example.test,P1,Assam,2,59.90
1002,2026-04-01 12:30,12.50,EUR,refunded,2,bob@example.test,P2,Pu-Erh,1,12.50
"""
)


def counts(told: dict[str, Any]) -> tuple[int, ...]:
    return tuple(told[name] for name in ("rows", "new", "changed", "known", "refused"))


def test_buyers_come_in_with_what_the_row_says(figures: Figures, state: State) -> None:
    told = figures("buyers", BUYERS)
    assert (told["exit"], counts(told)) == (0, (2, 2, 0, 0, 0))
    ada = next(row for row in state() if row.get("email") == "ada@example.test")
    assert (ada["phone"], ada["city"], ada["birthday"]) == (
        "+4915123456789",
        "Lübeck",
        "1990-02-28",
    )
    assert ada["external_ids"] == ["1"]


def test_orders_come_in_and_count(figures: Figures, state: State) -> None:
    figures("buyers", BUYERS)
    told = figures("orders", ORDERS)
    assert (told["exit"], counts(told)) == (0, (2, 2, 0, 0, 0))
    rows = state()
    ada = next(row for row in rows if row.get("email") == "ada@example.test")
    assert (ada["stats"]["orders"], ada["stats"]["spent"]["amount"]) == (1, "59.90")
    late = next(row for row in rows if row.get("external_id") == "1002")
    assert late["placed_at"] == "2026-04-01T10:30:00Z"  # the shop's own time


@pytest.mark.parametrize(("kind", "content"), [("buyers", BUYERS), ("orders", ORDERS)])
def test_the_same_file_twice_changes_nothing(
    figures: Figures, state: State, at: Callable[[str], None], kind: str, content: str
) -> None:
    figures(kind, content)
    before = state()
    at("2026-12-24T09:00:00Z")
    again = figures(kind, content)
    assert (again["exit"], counts(again)) == (0, (2, 0, 0, 2, 0))
    assert state() == before


def test_an_order_by_file_and_by_webhook_is_one(figures: Figures, state: State) -> None:
    lines = {
        "id": "7",
        "placed_at": "2026-03-01T10:00:00Z",
        "updated_at": "2026-03-02T10:00:00Z",
        "total": "20.00",
        "payment_status": "paid",
        "customer": {"email": "ada@example.test", "first_name": "Ada"},
        "items": [{"product_id": "P1", "title": "Assam", "quantity": 1, "total": "20.00"}],
    }
    figures("orders", json.dumps(lines) + "\n", name="orders.jsonl")
    before = state()
    as_table = (
        "id,placed_at,updated_at,total,payment_status,customer.email,customer.first_name,"
        "items.0.product_id,items.0.title,items.0.quantity,items.0.total\n"
        "7,2026-03-01T11:00:00+01:00,2026-03-02T10:00:00Z,20,paid,ada@example.test,Ada,P1,Assam,1,20\n"
    )
    assert counts(figures("orders", as_table)) == (1, 0, 0, 1, 0)
    assert state() == before


def test_an_older_picture_overwrites_nothing(figures: Figures, state: State) -> None:
    head = "id,placed_at,updated_at,total,payment_status\n"
    figures("orders", head + "7,2026-03-01,2026-03-05,20.00,refunded\n")
    before = state()
    assert counts(figures("orders", head + "7,2026-03-01,2026-03-04,20.00,paid\n"))[3] == 1
    assert state() == before


def test_refused_rows_lie_beside_the_input_and_the_rest_is_in(
    figures: Figures, tmp_path: Path, state: State
) -> None:
    told = figures("buyers", BUYERS + "3,not an address,,Cy,=1+1,1990-02-31,,\n,,,Nobody,,,,\n")
    assert (told["exit"], counts(told)) == (1, (4, 2, 0, 0, 2))
    assert [one["row"] for one in told["reasons"]] == [4, 5]
    beside = Path(told["refused_file"])
    assert beside == tmp_path / "list.refused.csv"
    assert beside.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(beside.read_text("utf-8-sig"))))
    assert rows[0]["refused row"] == "4"
    assert "birthday" in rows[0]["refused because"]
    assert (rows[0]["email"], rows[0]["last_name"]) == ("not an address", "'=1+1")
    assert len([row for row in state() if row["kind"] == "buyer"]) == 2


def test_mended_rows_can_be_brought_as_they_lie(figures: Figures, state: State) -> None:
    told = figures("buyers", "email,last_name,phone\nno,-Brew,+4915123456789\n")
    mended = Path(told["refused_file"]).read_text("utf-8-sig").replace("no,", "a@example.test,")
    assert figures("buyers", mended, name="mended.csv")["new"] == 1
    (buyer,) = [row for row in state() if row["kind"] == "buyer"]
    assert (buyer["name"], buyer["phone"]) == ("-Brew", "+4915123456789")


def test_a_dry_run_tells_and_changes_nothing(figures: Figures, state: State) -> None:
    before = state()
    told = figures("buyers", BUYERS + "3,no,,,,,,\n", "--dry-run")
    assert (told["exit"], counts(told)) == (1, (3, 2, 0, 0, 1))
    assert told["refused_file"] is None
    assert state() == before
    assert counts(figures("buyers", BUYERS + "3,no,,,,,,\n")) == (3, 2, 0, 0, 1)


def test_columns_are_matched_by_hand_and_remembered(figures: Figures, state: State) -> None:
    figures("buyers", "Wo,E-Mail\nUlm,a@example.test\n", "--map", "Wo=address.city")
    told = figures("buyers", "E-Mail,Wo\nb@example.test,Aachen\n")
    assert told["columns"] == {"E-Mail": "email", "Wo": "address.city"}
    assert {row["city"] for row in state() if row["kind"] == "buyer"} == {"Ulm", "Aachen"}


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        ("", (), "empty"),
        ("[{}]\n", (), "one JSON object"),
        ("email\na@example.test\n", ("--map", "nothing=email"), "no column"),
        ("email\na@example.test\n", ("--map", "email=shoe"), "no field"),
        ("email\na@example.test\n", ("--map", "email"), "THEIRS=OURS"),
        ("email\na@example.test\n", ("--encoding", "klingon"), "not known"),
        ("email\na@example.test\n", ("--as-of", "soon"), "must be a date"),
        ("email\na@example.test\n", ("--consent-proof", "x"), "needs both"),
        ("shoe\n1\n", (), "No column tells"),
        ("email,email\na,b\n", (), "Two columns"),
        (",".join(f"c{n}" for n in range(1_000_000)) + "\n1\n", (), "first line"),
        (",".join(f"c{n}" for n in range(2_000)) + "\n1\n", (), "columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(
    bring: Callable[..., Result], content: str, words: tuple[str, ...], said: str
) -> None:
    done = bring("buyers", content, *words)
    assert done.exit_code == 1
    assert said in done.stderr


def test_a_column_of_consent_grants_nothing(figures: Figures, shop: str) -> None:
    figures("buyers", "email,newsletter\na@example.test,yes\n")
    with db.session() as session:
        assert session.scalars(select(ConsentEvent)).all() == []


def test_a_recorded_decision_grants_but_never_over_a_withdrawal(
    figures: Figures, shop: str
) -> None:
    figures("buyers", "email\na@example.test\nb@example.test\nc@example.test\n")
    figures("suppressions", "email\nc@example.test\n")
    with db.session() as session:
        store = get_store(session, shop)
        (found,) = search(session, [store.id], Wanted(email="b@example.test"), None, 2)
        no = Decision("email", "withdrawn", "page", NOW, own_act=True, actor="buyer")
        record_consent(session, store, found, no, NOW)
    listed = "email,newsletter\na@example.test,yes\nb@example.test,yes\nc@example.test,yes\n"
    words = ("--consent-source", "old shop", "--consent-proof", "double opt-in log of 2024")
    for _ in range(2):
        assert figures("buyers", listed, *words)["exit"] == 0
    with db.session() as session:
        rows = session.execute(
            select(Buyer.email, Consent.status, Consent.source).join(
                Consent, Consent.buyer_id == Buyer.id
            )
        ).all()
        assert sorted(map(tuple, rows)) == [
            ("a@example.test", "granted", "old shop"),
            ("b@example.test", "withdrawn", "page"),
        ]
        event = session.scalars(select(ConsentEvent).where(ConsentEvent.status == "granted")).one()
        assert event.proof == "double opt-in log of 2024"
        assert event.actor.startswith("cli:")


def test_suppressions_are_kept_as_hashes_of_addresses(figures: Figures) -> None:
    listed = "address,channel,scope\nADA@example.test,email,\n0151 23456789,sms,all\nx,email,\n"
    told = figures("suppressions", listed)
    assert counts(told) == (3, 2, 0, 0, 1)
    assert counts(figures("suppressions", listed)) == (3, 0, 0, 2, 1)
    with db.session() as session:
        rows = session.scalars(select(Suppression)).all()
        assert {(row.channel, row.scope) for row in rows} == {
            ("email", "marketing"),
            ("sms", "all"),
        }
        assert not any("ada" in row.address_hash for row in rows)
        assert session.scalars(select(Identity)).all() == []


def test_somebody_erased_does_not_come_back_with_an_old_list(
    figures: Figures, shop: str, state: State
) -> None:
    figures("buyers", BUYERS)
    with db.session() as session:
        gone = BuyerErased(version=version(NOW), email="ada@example.test")
        ingest.apply(session, get_store(session, shop), gone, live=True, now=NOW)
    before = state()
    told = figures("buyers", "email,first_name\nada@example.test,Ada\nbob@example.test,Bob\n")
    assert counts(told) == (2, 0, 0, 1, 1)
    assert "erased" in told["reasons"][0]["reason"]
    assert state() == before
    later = "email,updated_at\nada@example.test,2027-01-01\n"
    assert figures("buyers", later, name="later.csv")["new"] == 1


def test_reviews_come_in_without_reactions(figures: Figures, state: State) -> None:
    figures("orders", ORDERS)
    told = figures("reviews", "id,order_id,rating,body,created_at\n1,1001,1,Stale,2026-04-01\n")
    assert counts(told) == (1, 1, 0, 0, 0)
    rows = state()
    ada = next(row for row in rows if row.get("email") == "ada@example.test")
    assert ada["stats"]["last_rating"] == 1
    assert ada["stats"]["open_cases"] == 0


def test_a_list_without_dates_tells_how_things_are_when_it_is_first_brought(
    figures: Figures, state: State, at: Callable[[str], None]
) -> None:
    first = "email,first_name\na@example.test,Ada\n"
    figures("buyers", first)
    at("2026-12-01T09:00:00Z")
    assert figures("buyers", "email,first_name\na@example.test,Adah\n")["changed"] == 1
    at("2026-12-02T09:00:00Z")
    assert figures("buyers", first)["known"] == 1  # it is known, and known to be older
    assert [row["first_name"] for row in state() if row["kind"] == "buyer"] == ["Adah"]
    figures("buyers", "email,first_name\na@example.test,A.\n", "--as-of", "2020-01-01")
    assert [row["first_name"] for row in state() if row["kind"] == "buyer"] == ["Adah"]
