"""Apps beside a storefront, such as one for reviews."""

from collections.abc import Iterable

import click

from crm import clock, db
from crm.cli.shell import answer, connected, json_option
from crm.cli.stores.connecting import pairs_of
from crm.stores.apps import NewApp, connect_app, disconnect_app
from crm.stores.connect import webhook_url
from crm.stores.queries import get_store

_MADE = """{app} is connected beside {slug}.
  Its webhooks go to {webhook_url}
  with the secret    {secret}"""


@click.command("add-app")
@click.argument("slug")
@click.option("--platform", required=True, help="judgeme, stamped, yotpo, …")
@click.option("--secret", help="Webhook secret; without it one is made.")
@click.option("--api-url", help="Address of the app's interface.")
@click.option("--api-key", help="Key of the interface.")
@click.option("--api-secret", help="Secret of the interface.")
@click.option("--option", "options", multiple=True, help="KEY=VALUE of the platform's own.")
@json_option
@connected
def add(slug: str, as_json: bool, options: Iterable[str], **said: str | None) -> None:
    """Connect an app beside the store SLUG; prints its webhook address and secret."""
    new = NewApp(
        platform=said["platform"] or "",
        secret=said["secret"],
        api_url=said["api_url"],
        api_key=said["api_key"],
        api_secret=said["api_secret"],
        options=pairs_of(options),
    )
    with db.session() as session:
        store = get_store(session, slug)
        app, secret = connect_app(session, store, new, clock.now())
        address = webhook_url(store, app.platform)
    shown = {"slug": slug, "app": app.platform, "webhook_url": address, "secret": secret}
    answer(shown, as_json, _MADE.format(**shown))


@click.command("remove-app")
@click.argument("slug")
@click.argument("platform")
@json_option
@connected
def remove(slug: str, platform: str, as_json: bool) -> None:
    """Take the app PLATFORM away from the store SLUG; what it brought stays."""
    with db.session() as session:
        disconnect_app(session, get_store(session, slug), platform)
    answer({"slug": slug, "removed": platform}, as_json, f"{platform} is taken away.")
