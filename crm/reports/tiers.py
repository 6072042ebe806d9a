"""Value classes: how many buyers each holds, what they spent, who moved."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, TierChange
from crm.i18n import mark
from crm.reports import Asked, Column, Row, percent

LABEL = mark("Value classes")
COLUMNS = (
    Column("tier", "text", mark("Class")),
    Column("buyers", "count", mark("Buyers")),
    Column("vip", "count", mark("VIPs")),
    Column("spent", "money", mark("Spent")),
    Column("spent_percent", "percent", mark("Share of all")),
    Column("came_up", "count", mark("Came from a lower class")),
    Column("came_down", "count", mark("Came from a higher class")),
)
_NONE = "-"


def rows(session: Session, asked: Asked) -> Sequence[Row]:
    """Count the buyers of today by class; moves are those within the span."""
    found = _standing(session, asked)
    total = sum(row["spent"] for row in found)
    up, down = _moves(session, asked, up=True), _moves(session, asked, up=False)
    return [
        {
            **row,
            "spent_percent": percent(row["spent"], total),
            "came_up": up.get(row["tier"], 0),
            "came_down": down.get(row["tier"], 0),
        }
        for row in found
    ]


def _standing(session: Session, asked: Asked) -> list[dict[str, Any]]:
    tier = func.coalesce(Buyer.tier, _NONE)
    query = (
        select(
            tier,
            func.count(),
            func.count().filter(Buyer.vip),
            func.coalesce(func.sum(Buyer.spent_minor), 0),
        )
        .where(
            Buyer.store_id == asked.store.id,
            Buyer.merged_into.is_(None),
            Buyer.erased_at.is_(None),
        )
        .group_by(tier)
    )
    found = sorted(session.execute(query), key=lambda row: (row[0] == _NONE, row[0]))
    return [
        {"tier": name, "buyers": buyers, "vip": vip, "spent": int(spent)}
        for name, buyers, vip, spent in found
    ]


def _moves(session: Session, asked: Asked, *, up: bool) -> dict[str, int]:
    """Count the arrivals in each class; A is above F, and no class is below all."""
    after = func.coalesce(TierChange.after, _NONE)
    query = (
        select(after, func.count())
        .where(
            TierChange.store_id == asked.store.id,
            TierChange.changed_at >= asked.start_at,
            TierChange.changed_at < asked.end_at,
            _is_up() if up else _is_down(),
        )
        .group_by(after)
    )
    return dict(session.execute(query).all())


def _is_up() -> ColumnElement[bool]:
    before, after = _columns()
    return or_(and_(before.is_(None), after.is_not(None)), after < before)


def _is_down() -> ColumnElement[bool]:
    before, after = _columns()
    return or_(and_(before.is_not(None), after.is_(None)), after > before)


def _columns() -> tuple[Any, Any]:
    return TierChange.before, TierChange.after
