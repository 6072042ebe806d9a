"""`crm export`: a store's books for other programs, one JSON object a line; lists for people."""

import click

from crm.cli.shell import connected

LISTS = ("buyers", "orders")
KINDS = (*LISTS, "state", "ledger", "inbox", "consents", "cases")


@click.command()
@click.argument("what", type=click.Choice(KINDS))
@click.option("--store", "slug", required=True, help="The store's slug.")
@click.option("--segment", type=int, help="Only the buyers of this segment.")
@click.option("--json", "_as_json", is_flag=True, help="JSON Lines, which it always is.")
@connected
def export(what: str, slug: str, segment: int | None, _as_json: bool) -> None:
    """Write canonical JSON Lines: sorted rows and keys; buyers and orders as CSV for people."""
    from crm import db
    from crm.exports import lines
    from crm.stores.queries import get_store

    if what in LISTS:
        _list(what, slug, segment)
        return
    with db.session() as session:
        for line in lines(session, get_store(session, slug), what):
            click.echo(line)


def _list(what: str, slug: str, segment: int | None) -> None:
    from crm import clock, db
    from crm.buyers.queries import Wanted
    from crm.exports import lists
    from crm.segments.compile import where
    from crm.segments.nesting import recall
    from crm.segments.queries import get_segment
    from crm.segments.scope import scope_of
    from crm.stores.queries import get_store

    with db.session() as session:
        store = get_store(session, slug)
        also = []
        if segment is not None:
            rule = recall(session, store, get_segment(session, [store.id], segment).rule)
            also.append(where(rule, scope_of(store, clock.now())))
    rows = (
        lists.orders(store.id)
        if what == "orders"
        else lists.buyers(store.id, Wanted(also=tuple(also)))
    )
    for piece in rows:
        click.echo(piece, nl=False)
