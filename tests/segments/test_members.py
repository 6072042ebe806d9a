from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.errors import Unavailable
from crm.segments import members
from crm.segments.answers import patience
from crm.segments.answers.counts import count_parts
from crm.segments.rule import parse
from tests.factories import NOW, make_buyer, make_store

RULE = parse(
    {
        "any": [
            {"condition": "city", "is": "berlin"},
            {"condition": "joined", "days_ago_at_least": 100},
        ]
    }
)


def test_every_question_about_a_segment_gets_the_same_answer(session: Session) -> None:
    store = make_store(session)
    berlin = make_buyer(session, store, city="Berlin", joined_at=NOW)
    old = make_buyer(session, store, joined_at=NOW - timedelta(days=100))
    new = make_buyer(session, store, joined_at=NOW - timedelta(days=99))
    stranger = make_buyer(session, make_store(session), city="Berlin")

    assert members.count(session, store, RULE, NOW) == 2
    assert [one.id for one in members.sample(session, store, RULE, 5, NOW)] == [old.id, berlin.id]
    assert [one.id for one in members.sample(session, store, RULE, 1, NOW)] == [old.id]
    asked = (berlin, old, new, stranger)
    answers = [members.contains(session, store, RULE, one.id, NOW) for one in asked]
    assert answers == [True, True, False, False]


def test_pages_follow_each_other_without_gap_or_repeat(session: Session) -> None:
    store = make_store(session)
    ids = [make_buyer(session, store, city="Berlin").id for _ in range(5)]
    seen: list[int] = []
    while page := members.page(session, store, RULE, members.Span(seen[-1] if seen else 0, 2), NOW):
        assert len(page) <= 2
        seen += [one.id for one in page]
    assert seen == ids


def test_every_part_is_counted_by_itself(session: Session) -> None:
    store = make_store(session)
    make_buyer(session, store, city="Berlin", joined_at=NOW)
    make_buyer(session, store, city="Berlin", joined_at=NOW - timedelta(days=200))
    make_buyer(session, store, city="Wien", merged_into=1, joined_at=NOW - timedelta(days=200))
    parts = count_parts(session, store, RULE, NOW)
    assert [(part.place, part.sentence, part.count) for part in parts] == [
        ("", "at least one of these is true", 2),
        ("any.0", "Buyers who live in berlin", 2),
        ("any.1", "Buyers who joined at least 100 days ago", 1),
    ]


@pytest.fixture
def slow_buyers(session: Session) -> Iterator[None]:
    """Reading a city takes a second, as a huge table would."""
    session.execute(text("ALTER TABLE buyers RENAME TO buyers_now"))
    columns = ", ".join(
        "(SELECT city FROM pg_sleep(1)) AS city" if column.name == "city" else column.name
        for column in Buyer.__table__.columns
    )
    session.execute(text(f"CREATE VIEW buyers AS SELECT {columns} FROM buyers_now"))
    yield
    session.rollback()


@pytest.mark.usefixtures("slow_buyers")
def test_a_rule_that_takes_too_long_is_given_up_and_the_transaction_lives_on(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.1)
    store = make_store(session)
    session.execute(
        text(
            "INSERT INTO buyers_now (store_id, birth_calendar, attributes, sources, vip,"
            " orders_count, spent_minor, refunded_minor, open_cases, joined_at, created_at,"
            " updated_at) VALUES (:store, 'solar', '{}', '{}', false, 0, 0, 0, 0, now(), now(),"
            " now())"
        ),
        {"store": store.id},
    )
    before = session.scalars(select(func.current_setting("statement_timeout"))).one()
    # The planner knows which of the two conditions is the dear one.
    with pytest.raises(Unavailable, match=r"too long.* Most of the work is: Buyers who live in"):
        members.count(session, store, RULE, NOW)
    assert session.scalars(select(func.current_setting("statement_timeout"))).one() == before
    assert session.scalars(text("SELECT count(*) FROM buyers_now")).one() == 1
