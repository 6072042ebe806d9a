"""Scores from 1 to 5 for how lately, how often and for how much, by fifths that are kept.

The four values where the fifths meet are drawn once a night, so a score is a comparison and no
ranking: buyers alike score alike, and asking costs no sort of the whole store.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, case, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.buyers.models import Buyer
from crm.segments.models import RfmCuts

SCORES = ("recency", "frequency", "monetary")
COLUMNS: Mapping[str, InstrumentedAttribute[Any]] = {
    "recency": Buyer.last_order_at,
    "frequency": Buyer.orders_count,
    "monetary": Buyer.spent_minor,
}
_KEPT: Mapping[str, InstrumentedAttribute[Any]] = {
    "recency": RfmCuts.recency,
    "frequency": RfmCuts.frequency,
    "monetary": RfmCuts.monetary,
}
_SHARES = (0.2, 0.4, 0.6, 0.8)
_FRACTIONS = ARRAY(Double)


def draw(session: Session, store_id: int, now: datetime) -> int:
    """Draw a store's fifths anew from those who bought; gives 1 if they moved."""
    bought = _read(session, store_id)
    if not bought["buyers"]:
        return 0
    before = cuts_of(session, [store_id])
    if before and all(getattr(before[0], name) == bought[name] for name in bought):
        return 0
    row = insert(RfmCuts).values(store_id=store_id, drawn_at=now, **bought)
    fresh = {name: row.excluded[name] for name in (*bought, "drawn_at")}
    session.execute(
        row.on_conflict_do_update(index_elements=[RfmCuts.store_id], set_=fresh),
        execution_options={"synchronize_session": False},
    )
    return 1


def _read(session: Session, store_id: int) -> dict[str, Any]:
    drawn = [
        func.percentile_disc(cast(list(_SHARES), _FRACTIONS)).within_group(column).label(name)
        for name, column in COLUMNS.items()
    ]
    asked = select(func.count().label("buyers"), *drawn).where(
        Buyer.store_id == store_id,
        Buyer.orders_count > 0,
        Buyer.merged_into.is_(None),
        Buyer.erased_at.is_(None),
    )
    return dict(session.execute(asked).mappings().one())


def cuts_of(session: Session, store_ids: Sequence[int]) -> Sequence[RfmCuts]:
    """Read where the fifths of stores meet; a store's first night may be yet to come."""
    asked = select(RfmCuts).where(RfmCuts.store_id.in_(store_ids))
    return session.scalars(asked.execution_options(populate_existing=True)).all()


def scored(store_id: int) -> ColumnElement[bool]:
    """Tell in SQL whether the fifths of a store were ever drawn."""
    return select(RfmCuts.store_id).where(RfmCuts.store_id == store_id).exists()


def cut(name: str, number: int, store_id: int) -> ColumnElement[Any]:
    """Give in SQL the value that the n-th fifth ends with; before the first night NULL."""
    kept = select(_KEPT[name][number]).where(RfmCuts.store_id == store_id)
    return kept.scalar_subquery()


def score(name: str, store_id: int) -> ColumnElement[Any]:
    """Give in SQL a buyer's score, NULL for whoever never bought."""
    column, one = COLUMNS[name], cast(1, BigInteger)
    above = sum(
        (case((column > cut(name, number, store_id), one), else_=0) for number in range(1, 5)), one
    )
    return case((Buyer.orders_count.__gt__(0) & scored(store_id), above))


def scores(cuts: RfmCuts | None, buyer: Buyer) -> dict[str, int | None]:
    """Score a buyer; None for whoever never bought, and before the first night."""
    if cuts is None or not buyer.orders_count:
        return dict.fromkeys(SCORES)
    return {name: _score(getattr(cuts, name), getattr(buyer, COLUMNS[name].key)) for name in SCORES}


def _score(kept: list[Any], value: Any) -> int:
    return 1 + len([one for one in kept if value > one])
