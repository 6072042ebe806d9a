"""Sales by month: orders, buyers, new buyers, and what remains after refunds."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, distinct, func, select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Order
from crm.i18n import mark
from crm.reports import Asked, Column, Row
from crm.reports._months import month

LABEL = mark("Sales")
COLUMNS = (
    Column("month", "text", mark("Month")),
    Column("orders", "count", mark("Orders")),
    Column("buyers", "count", mark("Buyers")),
    Column("new_buyers", "count", mark("New buyers")),
    Column("gross", "money", mark("Gross")),
    Column("discounts", "money", mark("Discounts")),
    Column("refunded", "money", mark("Refunded")),
    Column("net", "money", mark("Net")),
    Column("average_order", "money", mark("Average order")),
)


def rows(session: Session, asked: Asked) -> Sequence[Row]:
    """Count the orders that `stats.orders` counts, in the store's currency, by month placed."""
    when = month(asked, Order.placed_at)
    new = and_(Buyer.first_order_at >= asked.start_at, Order.placed_at == Buyer.first_order_at)
    query = (
        select(
            when.label("month"),
            func.count().label("orders"),
            func.count(distinct(Order.buyer_id)).label("buyers"),
            func.count(distinct(Order.buyer_id)).filter(new).label("new_buyers"),
            func.sum(Order.total_minor).label("gross"),
            func.sum(Order.discount_minor).label("discounts"),
            func.sum(Order.refunded_minor).label("refunded"),
        )
        .outerjoin(Buyer, (Buyer.store_id == Order.store_id) & (Buyer.id == Order.buyer_id))
        .where(
            Order.store_id == asked.store.id,
            Order.counted,
            Order.currency == asked.store.currency,
            Order.placed_at >= asked.start_at,
            Order.placed_at < asked.end_at,
        )
        .group_by(when)
        .order_by(when)
    )
    return [_row(dict(found)) for found in session.execute(query).mappings()]


def _row(found: dict[str, Any]) -> Row:
    for name in ("gross", "discounts", "refunded"):
        found[name] = int(found[name])
    net = found["gross"] - found["refunded"]
    return {
        **found,
        "net": net,
        "average_order": (2 * net + found["orders"]) // (2 * found["orders"]),
    }
