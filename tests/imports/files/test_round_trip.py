"""What is taken along can be brought back, whatever buyers are called; and no cell is a formula."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from crm import db, ingest
from crm.cli import main
from crm.events import BuyerChanged, Person
from crm.exports import lists
from crm.imports.files import running, runs
from tests.factories import NOW, make_store, order_event, person, version

_WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), max_size=20
).map(str.strip)
_NAMES = st.one_of(
    _WORDS, st.sampled_from(["=1+1", "+49", "-x", "@SUM(A1)", "'=2", "a;b,c|d", 'a "b"', "王小明"])
)
_PEOPLE = st.lists(st.tuples(_NAMES, _NAMES, _NAMES), min_size=1, max_size=6)
_COMPARED = ("email", "first_name", "last_name", "city")


def shown(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=_PEOPLE)
def test_buyers_come_back_as_they_were(database: None, told: list[tuple[str, str, str]]) -> None:
    with db.session() as session:
        here, there = make_store(session), make_store(session)
        for number, (first, last, city) in enumerate(told):
            event = BuyerChanged(
                version(NOW),
                Person(
                    email=f"k{number}@example.test",
                    first_name=first or None,
                    last_name=last or None,
                    city=city or None,
                ),
            )
            ingest.apply(session, here, event, live=False, now=NOW)
    body = b"".join(lists.buyers(here.id, lists.Wanted()))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "buyers.csv"
        path.write_bytes(body)
        with db.session() as session:
            run = runs.open_file(session, there.id, runs.Brought("buyers", path, "x", "t"), NOW)
            runs.start(run, check=False, now=NOW)
        ended = running.read_whole(run.id, path, NOW, lambda _run: None)
    assert ended is not None
    assert (ended.new, ended.refused) == (len(told), 0), ended.reasons
    with db.session() as session:
        both = [_people(session, store.id) for store in (here, there)]
    assert both[0] == both[1]


def _people(session: Any, store_id: int) -> list[Any]:
    query = text(
        f"SELECT {', '.join(_COMPARED)} FROM buyers WHERE store_id = :store ORDER BY email"
    )
    return [tuple(row) for row in session.execute(query, {"store": store_id})]


def test_no_cell_of_a_list_is_a_formula(database: None) -> None:
    with db.session() as session:
        store = make_store(session)
        for number, sign in enumerate("=+-@\t\r"):
            name = f"{sign}cmd|' /C calc'!A0"
            event = BuyerChanged(
                version(NOW), Person(email=f"k{number}@example.test", last_name=name)
            )
            ingest.apply(session, store, event, live=False, now=NOW)
    rows = shown(b"".join(lists.buyers(store.id, lists.Wanted())))
    assert len(rows) == 6
    assert all(row["last_name"].startswith("'") for row in rows)


def test_orders_come_back_as_they_were(database: None, tmp_path: Path) -> None:
    with db.session() as session:
        here, there = make_store(session), make_store(session, slug="there")
        for number in range(3):
            event = order_event(external_id=str(1000 + number), person=person())
            ingest.apply(session, here, event, live=False, now=NOW)
    path = tmp_path / "orders.csv"
    path.write_bytes(b"".join(lists.orders(here.id)))
    done = CliRunner().invoke(main, ["import", "orders", str(path), "--store", "there"])
    assert done.exit_code == 0, done.output
    again = b"".join(lists.orders(there.id))
    assert sorted(again.splitlines()) == sorted(path.read_bytes().splitlines())


def test_a_list_longer_than_a_page_is_whole(database: None) -> None:
    with db.session() as session:
        store = make_store(session)
        session.execute(
            text(
                "INSERT INTO buyers (store_id, email, birth_calendar, attributes, sources, vip,"
                " orders_count, spent_minor, refunded_minor, open_cases, joined_at, created_at,"
                " updated_at) SELECT :store, 'k' || n || '@example.test', 'solar', '{}', '{}',"
                " false, 0, 0, 0, 0, :now, :now, :now FROM generate_series(1, 1203) n"
            ),
            {"store": store.id, "now": NOW},
        )
    rows = shown(b"".join(lists.buyers(store.id, lists.Wanted())))
    assert len({row["email"] for row in rows}) == 1203


def test_the_command_writes_the_same_list(database: None) -> None:
    with db.session() as session:
        store = make_store(session, slug="here")
        ingest.apply(session, store, order_event(person=person()), live=False, now=NOW)
    for what, rows in (
        ("buyers", lists.buyers(store.id, lists.Wanted())),
        ("orders", lists.orders(store.id)),
    ):
        done = CliRunner().invoke(main, ["export", what, "--store", "here"])
        assert done.stdout_bytes == b"".join(rows)
