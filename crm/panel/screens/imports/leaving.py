"""Taking lists along: buyers who fit the filters, and orders, streamed as CSV."""

from collections.abc import Iterator

from flask import Response
from flask.typing import ResponseReturnValue

from crm.exports import lists
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint
from crm.panel.screens.buyers import wanted_of


@blueprint.post("/imports/buyers.csv")
@screen("buyers.export")
def take_buyers(desk: Desk) -> ResponseReturnValue:
    """Give the buyers who fit the filters; what is searched for travels in the body."""
    rows = lists.buyers(desk.store.id, wanted_of(desk))
    return _streamed(rows, f"buyers-{desk.store.slug}.csv")


@blueprint.post("/imports/orders.csv")
@screen("buyers.export")
def take_orders(desk: Desk) -> ResponseReturnValue:
    """Give every order of the store."""
    return _streamed(lists.orders(desk.store.id), f"orders-{desk.store.slug}.csv")


def _streamed(rows: Iterator[bytes], name: str) -> Response:
    answer = Response(rows, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
