"""The session writes rows in an order that the database takes; a lone statement takes one trip."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import db
from crm.buyers.models import Buyer, Identity
from tests.factories import NOW, make_store


def test_a_new_row_is_written_after_the_one_it_points_to(session: Session) -> None:
    store = make_store(session)
    session.flush()
    for number in (7, 8):
        name = {"store_id": store.id, "kind": "email", "value": f"b{number}@example.test"}
        session.add(Identity(**name, buyer_id=number, created_at=NOW))
        seen = {"joined_at": NOW, "created_at": NOW, "updated_at": NOW}
        session.add(Buyer(store_id=store.id, id=number, **seen))
    session.flush()
    assert session.scalars(select(Identity.buyer_id).order_by(Identity.buyer_id)).all() == [7, 8]
    assert not session.new


def test_a_lone_statement_is_committed_by_itself(database: None) -> None:
    with db.session() as session:
        store = make_store(session)
    values = {"store": store.id, "name": "Renamed"}
    db.run_alone("UPDATE stores SET name = %(name)s WHERE id = %(store)s", values)
    db.dispose()
    db.run_alone("UPDATE stores SET name = name || '!' WHERE id = %(store)s", values)
    with db.session() as session:
        assert session.get_one(type(store), store.id).name == "Renamed!"
