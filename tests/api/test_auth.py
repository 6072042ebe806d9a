"""Keys, roles and the walls between stores."""

import hashlib

from flask.testing import FlaskClient
from sqlalchemy import select

from crm import clock, db
from crm.access.keys import revoke_key
from crm.access.models import ApiKey
from crm.stores.models import Store
from tests.api.conftest import PREFIX, Program, program


def test_without_a_key_nothing_is_told(client: FlaskClient, store: Store) -> None:
    for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer rk_00_nope"}):
        answer = client.get(f"{PREFIX}/stores", headers=headers)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert store.slug not in answer.get_data(as_text=True)


def test_a_key_in_a_cookie_or_in_the_address_is_no_key(client: FlaskClient, api: Program) -> None:
    client.set_cookie("Authorization", f"Bearer {api.plain}")
    client.set_cookie("regulars", api.plain)
    assert client.get(f"{PREFIX}/stores?key={api.plain}").status_code == 401


def test_a_key_is_kept_only_as_its_hash(api: Program) -> None:
    with db.session() as session:
        kept = session.scalars(select(ApiKey)).one()
    assert kept.hash == hashlib.sha256(api.plain.encode()).hexdigest()
    columns = (str(getattr(kept, column.name)) for column in ApiKey.__table__.columns)
    assert all(api.plain.rpartition("_")[2] not in column for column in columns)


def test_a_revoked_key_opens_nothing(api: Program) -> None:
    api.get("/stores")
    with db.session() as session:
        revoke_key(session, session.scalars(select(ApiKey.id)).one(), clock.now())
    api.refused("GET", "/stores", 401)


def test_the_last_use_of_a_key_is_noted(api: Program) -> None:
    api.get("/stores")
    with db.session() as session:
        assert session.scalars(select(ApiKey.last_used_at)).one() == clock.now()


def test_a_program_of_one_store_neither_sees_nor_reaches_another(
    client: FlaskClient, store: Store, other_store: Store
) -> None:
    mine = program(client, "owner", [store])
    assert [row["slug"] for row in mine.get("/stores")["items"]] == [store.slug]
    mine.refused("GET", f"/stores/{other_store.slug}", 404)
    mine.refused("GET", f"/settings/{other_store.slug}", 404)
    mine.refused("PUT", f"/settings/{other_store.slug}", 404, json={})
    mine.refused("GET", "/campaigns", 422, query_string={"store": other_store.slug})


def test_the_role_is_asked_before_the_body_is_read(client: FlaskClient, store: Store) -> None:
    viewer = program(client, "viewer")
    viewer.refused("POST", "/stores", 403, data=b"{", content_type="application/json")
