"""`crm store`: connects storefronts, turns their secrets, reads what they list."""

import click

from crm.cli.stores import apps, connecting, reading


@click.group()
def store() -> None:
    """Connect storefronts and read them."""


for _command in (
    connecting.add,
    connecting.list_,
    connecting.show,
    connecting.rotate,
    apps.add,
    apps.remove,
    reading.backfill,
    reading.reconcile,
    reading.hooks,
):
    store.add_command(_command)
