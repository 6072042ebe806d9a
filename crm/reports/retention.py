"""Retention: of the buyers who first bought in a month, how many came back, and how soon."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Integer, Select, cast, func, select
from sqlalchemy.orm import Session

from crm.buyers.models import Order
from crm.i18n import mark
from crm.reports import Asked, Column, Row, percent
from crm.reports._months import month

LABEL = mark("Retention")
COLUMNS = (
    Column("month", "text", mark("First order in")),
    Column("buyers", "count", mark("Buyers")),
    Column("back_in_90_days", "count", mark("Back within 90 days")),
    Column("back_in_365_days", "count", mark("Back within a year")),
    Column("back_percent", "percent", mark("Came back")),
    Column("net", "money", mark("Net of all orders since")),
    Column("loyal_net", "money", mark("Of this from second and later orders")),
    Column("loyal_percent", "percent", mark("Share of loyal buyers")),
)


def rows(session: Session, asked: Asked) -> Sequence[Row]:
    """Group buyers by the month of their first counted order within the span."""
    numbered = _numbered(asked).subquery()
    first = numbered.c.first_at
    when = month(asked, first)
    again = numbered.c.number == 2
    gap = numbered.c.placed_at - first
    net = numbered.c.net
    query = (
        select(
            when,
            func.count().filter(numbered.c.number == 1),
            func.count().filter(again, gap <= timedelta(days=90)),
            func.count().filter(again, gap <= timedelta(days=365)),
            func.count().filter(again),
            func.coalesce(func.sum(net), 0),
            func.coalesce(func.sum(net).filter(numbered.c.number > 1), 0),
        )
        .where(first >= asked.start_at, first < asked.end_at)
        .group_by(when)
        .order_by(when)
    )
    return [_row(*found) for found in session.execute(query)]


def _numbered(asked: Asked) -> Select[int, datetime, datetime, int]:
    """Number every counted order of every buyer from her first."""
    number = func.row_number().over(
        partition_by=Order.buyer_id, order_by=(Order.placed_at, Order.id)
    )
    return select(
        cast(number, Integer).label("number"),
        func.min(Order.placed_at).over(partition_by=Order.buyer_id).label("first_at"),
        Order.placed_at,
        (Order.total_minor - Order.refunded_minor).label("net"),
    ).where(
        Order.store_id == asked.store.id,
        Order.counted,
        Order.buyer_id.is_not(None),
        Order.currency == asked.store.currency,
        Order.placed_at < asked.end_at,
    )


def _row(*found: object) -> Row:
    when, buyers, soon, later, back, net, loyal = found
    assert isinstance(back, int)
    assert isinstance(buyers, int)
    return {
        "month": when,
        "buyers": buyers,
        "back_in_90_days": soon,
        "back_in_365_days": later,
        "back_percent": percent(back, buyers),
        "net": int(str(net)),
        "loyal_net": int(str(loyal)),
        "loyal_percent": percent(int(str(loyal)), int(str(net))),
    }
