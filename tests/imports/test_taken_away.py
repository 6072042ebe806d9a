"""An app that was taken away is neither read nor told of any more."""

from datetime import timedelta

from sqlalchemy import select

from crm import alarms, db
from crm.imports import hooks, reading, reconcile
from crm.imports.models import FeedRun
from crm.stores.apps import NewApp, connect_app, disconnect_app
from crm.stores.queries import get_store_by_id
from tests.factories import NOW
from tests.fakes.judgeme import SHOP, Judge
from tests.imports.conftest import Connected


def kinds() -> set[str]:
    with db.session() as session:
        return {alarm.kind for alarm in alarms.list_alarms(session, None, NOW)}


def open_runs() -> list[str]:
    with db.session() as session:
        unfinished = select(FeedRun.platform).where(FeedRun.finished_at.is_(None))
        return list(session.scalars(unfinished))


def test_its_open_reading_ends_and_its_alarms_with_it(woo: Connected) -> None:
    with Judge() as judge, db.session() as session:
        new = NewApp("judgeme", "s", f"{judge.url}/api/v1", "wrong", options={"shop_domain": SHOP})
        connect_app(session, get_store_by_id(session, woo.id), new, NOW)
    look_at_all()
    assert kinds() == {"unreadable", "hooks_unknown"}
    assert open_runs() == ["judgeme"]
    with db.session() as session:
        disconnect_app(session, get_store_by_id(session, woo.id), "judgeme")
        reconcile.begin(session, get_store_by_id(session, woo.id), NOW)
    while reading.read_on(NOW):
        pass
    assert kinds() == set()
    assert open_runs() == []


def look_at_all() -> None:
    reconcile.open_due(NOW + timedelta(minutes=1))
    while reading.read_on(NOW):
        pass
    hooks.check_all(NOW)
