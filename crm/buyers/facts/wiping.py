"""Empties every column that says it holds personal data, in every table that hangs on a buyer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, FromClause, Table, Text, column, delete, func, select, table, update
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Merge, Note, Tag
from crm.db import Base
from crm.stores.models import PrivacyRequest

# Rows that hang on a buyer through another row.
_THROUGH = {"refunds": ("orders", "order_id"), "case_steps": ("cases", "case_id")}
# Emptied by their own rules: names are deleted, the buyer's row keeps its roll-ups.
_ELSEWHERE = ("buyers", "identities", "notes", "merges")


def wipe(session: Session, store_id: int, buyer: Buyer, now: datetime) -> None:
    """Empty a buyer, those merged into her, and all that was written about or to her."""
    session.flush()
    addresses = [buyer.email] if buyer.email else []
    ids = _with_merged(session, store_id, buyer.id)
    for rows in Base.metadata.sorted_tables:
        if rows.name not in _ELSEWHERE:
            _empty_columns(session, store_id, rows, ids)
    for gone in (Note, Tag):
        session.execute(delete(gone).where(gone.store_id == store_id, gone.buyer_id.in_(ids)))
    session.execute(
        update(Merge)
        .where(Merge.store_id == store_id, Merge.survivor_id.in_(ids))
        .values(moved={}, undone_at=func.coalesce(Merge.undone_at, now))
    )
    session.execute(
        update(Buyer)
        .where(Buyer.store_id == store_id, Buyer.id.in_(ids))
        .values(
            **{found.key: _emptied(found) for found in personal_columns(Buyer.__table__)},
            sources={},
            birth_calendar="solar",
            timezone_source=None,
            vip=False,
            updated_at=now,
        )
    )
    _forget_payloads(session, store_id, addresses)
    _forget_requests(session, store_id, addresses)
    session.expire_all()


def personal_columns(rows: FromClause) -> list[Column[Any]]:
    """List the columns of a table that hold personal data and can be written."""
    return [
        found
        for found in rows.columns
        if isinstance(found, Column) and found.info.get("personal") and found.computed is None
    ]


def _empty_columns(session: Session, store_id: int, rows: Table, ids: Sequence[int]) -> None:
    columns = personal_columns(rows)
    if not columns:
        return
    if "buyer_id" in rows.c:
        mine = rows.c.buyer_id.in_(ids)
    elif rows.name in _THROUGH:
        owner, key = _THROUGH[rows.name]
        owners = table(owner, column("store_id"), column("id"), column("buyer_id"))
        mine = rows.c[key].in_(
            select(owners.c.id).where(owners.c.store_id == store_id, owners.c.buyer_id.in_(ids))
        )
    else:
        return
    values = {found.name: _emptied(found) for found in columns}
    session.execute(update(rows).where(rows.c.store_id == store_id, mine).values(values))


def _emptied(found: Column[Any]) -> Any:
    if found.nullable:
        return None
    return "" if isinstance(found.type, Text) else {}


def _with_merged(session: Session, store_id: int, buyer_id: int) -> list[int]:
    ids, found = [buyer_id], [buyer_id]
    while found:
        query = select(Buyer.id).where(Buyer.store_id == store_id, Buyer.merged_into.in_(found))
        found = [other for other in session.scalars(query) if other not in ids]
        ids += found
    return ids


def _forget_payloads(session: Session, store_id: int, addresses: Sequence[str]) -> None:
    """Drop the kept bodies of settled webhooks that name an address of hers."""
    kept = table("webhooks", *(column(name) for name in ("store_id", "state", "body")))
    for address in addresses:
        pattern = address.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        session.execute(
            update(kept)
            .where(
                kept.c.store_id == store_id,
                kept.c.state == "done",
                func.encode(kept.c.body, "escape").ilike(f"%{pattern}%"),
            )
            .values(body=None)
        )


def _forget_requests(session: Session, store_id: int, addresses: Sequence[str]) -> None:
    """Drop her addresses from the privacy requests that name her; her number there stays."""
    hers = (PrivacyRequest.store_id == store_id) & PrivacyRequest.email.in_(addresses)
    session.execute(update(PrivacyRequest).where(hers).values(email=None, phone=None))
