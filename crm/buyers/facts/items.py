"""The lines of an order."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.buyers.models import Order, OrderItem
from crm.events import Item


def replace(session: Session, order: Order, items: tuple[Item, ...], *, is_new: bool) -> None:
    """Make these the lines of an order; lines that are the same already are left alone."""
    mine = (OrderItem.store_id == order.store_id) & (OrderItem.order_id == order.id)
    wanted = [asdict(item) for item in items]
    if not is_new:
        present = session.scalars(select(OrderItem).where(mine).order_by(OrderItem.id)).all()
        if [_line(row) for row in present] == wanted:
            return
        session.execute(delete(OrderItem).where(mine))
    session.add_all(
        OrderItem(store_id=order.store_id, order_id=order.id, **line) for line in wanted
    )


def _line(row: OrderItem) -> dict[str, Any]:
    return {field: getattr(row, field) for field in Item.__dataclass_fields__}
