"""`crm user` and `crm key`: let people sign in and programs call the API."""

import sys
from collections.abc import Sequence

import click
from sqlalchemy.orm import Session

from crm import clock, db
from crm.access import keys
from crm.access.models import ApiKey
from crm.access.roles import ROLES
from crm.access.users import NewUser, add_user, list_users
from crm.cli.shell import answer, connected, json_option
from crm.errors import Rejected
from crm.stores.queries import find_store

_role = click.option("--role", type=click.Choice(ROLES), required=True, help="What they may do.")
_store = click.option("--store", "slugs", multiple=True, metavar="SLUG", help="Only this store.")


@click.group()
def user() -> None:
    """People who sign in to the panel."""


@user.command("add")
@click.argument("email")
@_role
@_store
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
@connected
def add(
    email: str, role: str, slugs: Sequence[str], *, password_stdin: bool, as_json: bool
) -> None:
    """Let somebody sign in."""
    password = _read_password(password_stdin)
    with db.session() as session:
        stores = _store_ids(session, slugs)
        added = add_user(session, NewUser(email, role, password, stores), clock.now())
    found = {"id": str(added.id), "email": added.email, "role": role, "stores": list(slugs) or None}
    answer(found, as_json, f"{added.email} may sign in as {role}.")


@user.command("list")
@json_option
@connected
def list_(as_json: bool) -> None:
    """List everybody who may sign in."""
    with db.session() as session:
        rows = [
            {"id": str(one.id), "email": one.email, "role": one.role} for one in list_users(session)
        ]
    answer(rows, as_json, "\n".join(f"{row['role']:<10} {row['email']}" for row in rows))


@click.group()
def key() -> None:
    """Keys of programs that call the API."""


@key.command("add")
@click.argument("name")
@_role
@_store
@json_option
@connected
def add_key(name: str, role: str, slugs: Sequence[str], *, as_json: bool) -> None:
    """Make a key; it is shown now and never again."""
    with db.session() as session:
        stores = _store_ids(session, slugs)
        made, plain = keys.make_key(session, name, role, stores, clock.now())
    found = {"key": plain, "id": str(made.id), "name": made.name, "role": role}
    answer(found, as_json, plain)


@key.command("list")
@json_option
@connected
def list_keys(as_json: bool) -> None:
    """List the keys by name, without their secret part."""
    with db.session() as session:
        rows = [_key_row(one) for one in keys.list_keys(session)]
    line = "{id:>4}  rk_{prefix}…  {role:<10} {state:<8} {name}"
    answer(rows, as_json, "\n".join(line.format(**row) for row in rows))


@key.command("revoke")
@click.argument("key_id", type=int)
@json_option
@connected
def revoke(key_id: int, *, as_json: bool) -> None:
    """Turn a key off for good."""
    with db.session() as session:
        row = _key_row(keys.revoke_key(session, key_id, clock.now()))
    answer(row, as_json, f"The key {row['name']} is revoked.")


def _key_row(one: ApiKey) -> dict[str, str]:
    return {
        "id": str(one.id),
        "name": one.name,
        "prefix": one.prefix,
        "role": one.role,
        "state": "revoked" if one.revoked_at else "live",
    }


def _read_password(from_stdin: bool) -> str:
    if not from_stdin:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Rejected("No password came on standard input.")
    return password


def _store_ids(session: Session, slugs: Sequence[str]) -> list[int] | None:
    if not slugs:
        return None
    found = {slug: find_store(session, slug) for slug in slugs}
    missing = [slug for slug, store in found.items() if store is None]
    if missing:
        raise Rejected(f"There is no store {', '.join(missing)}.")
    return [store.id for store in found.values() if store is not None]
