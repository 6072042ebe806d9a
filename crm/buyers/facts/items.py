"""The lines of an order."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.buyers.facts import ahead
from crm.buyers.models import Order, OrderItem
from crm.events import Item


def replace(session: Session, order: Order, items: tuple[Item, ...], *, is_new: bool) -> None:
    """Make these the lines of an order; lines that are the same already are left alone."""
    mine = (OrderItem.store_id == order.store_id) & (OrderItem.order_id == order.id)
    wanted = [_line(item) for item in items]
    read = ahead.find(session)
    if not is_new:
        present = read.items.get(order.id) if read else None
        if present is None:
            query = select(OrderItem).where(mine).order_by(OrderItem.id)
            present = list(session.scalars(query))
        if [_line(row) for row in present] == wanted:
            return
        session.execute(delete(OrderItem).where(mine))
    rows = [OrderItem(store_id=order.store_id, order_id=order.id, **line) for line in wanted]
    session.add_all(rows)
    if read:
        read.items[order.id] = rows


def _line(row: OrderItem | Item) -> dict[str, Any]:
    return {field: getattr(row, field) for field in Item.__dataclass_fields__}
