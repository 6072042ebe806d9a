"""Connecting a storefront, showing what is connected, turning its secrets."""

from collections.abc import Callable, Iterable
from typing import Any

import click

from crm import clock, db
from crm.cli.shell import answer, connected, json_option
from crm.errors import Rejected
from crm.stores.access import has_api
from crm.stores.apps import get_app
from crm.stores.connect import NewStore, connect_store, webhook_url
from crm.stores.models import Store
from crm.stores.queries import get_store, list_stores
from crm.stores.secrets import rotate_secret

_LINE = "{slug:<24} {platform:<12} {currency:<4} {timezone:<20} {name}"
_SHOWN = "name slug platform currency timezone locale country url api_url".split()
_MADE = """{name} is connected.
  Webhooks go to  {webhook_url}
  with the secret {secret}
The secret is shown this once; `crm store rotate-secret {slug}` makes another, and takes
one that the storefront chose itself (--secret)."""
_KEYS_ARE_PUBLISHED = """{name} is connected.
  Webhooks go to  {webhook_url}
They are verified with the keys that the storefront publishes."""


def _said(command: Callable[..., None]) -> Callable[..., None]:
    """Add one option for each thing a seller may say about a store."""
    required = {
        "--platform": "standard, woocommerce, …",
        "--currency": "such as EUR",
        "--timezone": "such as Europe/Berlin",
    }
    optional = {
        "--locale": "language of messages, such as de",
        "--country": "where the store sells from, such as DE",
        "--url": "the shop's own address",
        "--secret": "webhook secret; without it one is made",
        "--api-url": "address of the storefront's interface",
        "--api-key": "key of the interface",
        "--api-secret": "secret of the interface",
        "--public-key": "whpk_… for signatures by key",
        "--jwks-url": "where the storefront publishes its keys",
    }
    for name, words in (required | optional).items():
        command = click.option(name, required=name in required, help=words)(command)
    return command


@click.command()
@click.argument("name")
@_said
@click.option("--option", "options", multiple=True, help="KEY=VALUE of the platform's own.")
@json_option
@connected
def add(as_json: bool, options: Iterable[str], **said: Any) -> None:
    """Connect a storefront called NAME; prints its webhook address and secret."""
    new = NewStore(**said, options=pairs_of(options))
    with db.session() as session:
        made, secret = connect_store(session, new, clock.now())
    shown = {"slug": made.slug, "webhook_url": webhook_url(made), "secret": secret}
    words = _MADE if secret else _KEYS_ARE_PUBLISHED
    answer(shown, as_json, words.format(name=made.name, **shown))


@click.command("list")
@json_option
@connected
def list_(as_json: bool) -> None:
    """List every connected store."""
    with db.session() as session:
        rows = [_row(one) for one in list_stores(session, None)]
    lines = [_LINE.format(**row) for row in rows]
    answer(rows, as_json, "\n".join(lines) or "No store is connected yet.")


@click.command()
@click.argument("slug")
@json_option
@connected
def show(slug: str, as_json: bool) -> None:
    """Show a store; its credentials stay sealed."""
    with db.session() as session:
        row = _row(get_store(session, slug))
    answer(row, as_json, "\n".join(f"{name:<12} {value or ''}" for name, value in row.items()))


@click.command("rotate-secret")
@click.argument("slug")
@click.option("--secret", help="The new secret, where the storefront chose it.")
@click.option("--app", help="Of an app beside the storefront, such as judgeme.")
@json_option
@connected
def rotate(slug: str, secret: str | None, app: str | None, as_json: bool) -> None:
    """Give a store a new webhook secret; the present one counts for 24 hours more."""
    with db.session() as session:
        store = get_store(session, slug)
        whose = get_app(session, store, app).platform if app else None
        fresh = rotate_secret(session, store, clock.now(), secret, whose)
    answer({"slug": slug, "secret": fresh}, as_json, fresh)


def _row(one: Store) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in _SHOWN}
    return row | {"webhook_url": webhook_url(one), "has_api_access": has_api(one)}


def pairs_of(options: Iterable[str]) -> dict[str, str]:
    """Read KEY=VALUE options. Raises Rejected."""
    pairs = [option.partition("=") for option in options]
    if wrong := [name for name, mark, _value in pairs if not mark]:
        raise Rejected("An option is written KEY=VALUE.", {"option": ", ".join(wrong)})
    return {name: value for name, _mark, value in pairs}
