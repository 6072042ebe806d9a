"""Everything we hold about one buyer, for the buyer: each row of each table that is about her."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, MetaData, Table, select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.exports.wording import moment

# Rows that hang on a buyer through another row: table → (owner, its key).
_THROUGH = {"order_items": "order_id", "refunds": "order_id", "case_steps": "case_id"}
_OWNERS = {"order_id": "orders", "case_id": "cases"}


def lines(session: Session, metadata: MetaData, buyer: Buyer) -> Iterator[str]:
    """Write every row of a schema about a buyer and those merged into her, a JSON object a line."""
    ids = [buyer.id, *_merged(session, buyer)]
    for table in metadata.sorted_tables:
        mine = _mine(table, buyer.store_id, ids)
        if mine is None:
            continue
        rows = session.execute(select(table).where(table.c.store_id == buyer.store_id, mine))
        for row in rows.mappings():
            kept = {
                column.name: _plain(row[column.name])
                for column in table.columns
                if not isinstance(column.type, LargeBinary)
            }
            yield json.dumps({"table": table.name, **kept}, ensure_ascii=False, sort_keys=True)


def _merged(session: Session, buyer: Buyer) -> list[int]:
    query = select(Buyer.id).where(Buyer.store_id == buyer.store_id, Buyer.merged_into == buyer.id)
    return list(session.scalars(query))


def _mine(table: Table, store_id: int, ids: list[int]) -> ColumnElement[bool] | None:
    if table.name == "buyers":
        return table.c.id.in_(ids)
    if table.name == "merges":
        return table.c.survivor_id.in_(ids)
    if "buyer_id" in table.c:
        return table.c.buyer_id.in_(ids)
    key = _THROUGH.get(table.name)
    if key is None:
        return None
    owner = table.metadata.tables[_OWNERS[key]]
    owned = select(owner.c.id).where(owner.c.store_id == store_id, owner.c.buyer_id.in_(ids))
    return table.c[key].in_(owned)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, date) else value
