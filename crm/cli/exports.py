"""`crm export`: a store's books for other programs, one JSON object a line."""

import click

from crm.cli.shell import connected

KINDS = ("state", "ledger", "inbox", "consents", "cases")


@click.command()
@click.argument("what", type=click.Choice(KINDS))
@click.option("--store", "slug", required=True, help="The store's slug.")
@click.option("--json", "_as_json", is_flag=True, help="JSON Lines, which it always is.")
@connected
def export(what: str, slug: str, _as_json: bool) -> None:
    """Write canonical JSON Lines: sorted rows and keys, nothing that differs by chance."""
    from crm import db
    from crm.exports import lines
    from crm.stores.queries import get_store

    with db.session() as session:
        for line in lines(session, get_store(session, slug), what):
            click.echo(line)
