"""An installation knows its own database, and holds when it wakes up in a copy."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm import instance

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_the_first_start_learns_where_it_is(session: Session) -> None:
    assert instance.recognise(session, NOW)
    found = instance.find_instance(session)
    assert found is not None
    assert found.identity
    assert not found.hold


def test_the_same_database_is_recognised_at_every_start(session: Session) -> None:
    assert instance.recognise(session, NOW)
    assert instance.recognise(session, NOW)
    assert not instance.is_held(session)


def test_a_restored_or_copied_database_holds_once_until_it_is_released(session: Session) -> None:
    instance.recognise(session, NOW)
    session.execute(text("UPDATE instance SET identity = 'somewhere else'"))
    session.expire_all()
    assert not instance.recognise(session, NOW)
    assert instance.is_held(session)
    instance.release(session, NOW)
    assert instance.recognise(session, NOW)
    assert not instance.is_held(session)


def test_a_hold_that_somebody_ordered_outlives_a_start(session: Session) -> None:
    instance.recognise(session, NOW)
    instance.hold(session, "paused by hand", NOW)
    assert instance.recognise(session, NOW)
    assert instance.is_held(session)


def test_a_user_without_special_rights_may_ask(session: Session) -> None:
    session.execute(text("CREATE ROLE plain"))
    session.execute(text("GRANT ALL ON instance TO plain"))
    session.execute(text("SET LOCAL ROLE plain"))
    try:
        assert instance.recognise(session, NOW)
    finally:
        session.execute(text("RESET ROLE"))
        session.rollback()
