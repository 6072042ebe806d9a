"""Moves everything that hangs on a buyer to another, and back."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import TableClause, and_, column, func, select, table, update
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer

# Tables with a row of their own per `id`, and what else makes a row unique for a buyer: a row the
# survivor has as well stays behind, hidden with the buyer it was about. Features above this one
# are known by the names of their tables only. Messages come before decisions and coupons: whoever
# sends locks them in that order.
MOVED: Mapping[str, Sequence[str]] = {
    "orders": (),
    "reviews": (),
    "notes": (),
    "consent_events": (),
    "tier_changes": (),
    "flag_changes": (),
    "messages": ("campaign_id", "occurrence"),
    "decisions": ("campaign_id", "occurrence"),
    "past_decisions": (),
    "clicks": (),
    "coupons": ("campaign_id", "occurrence"),
    "survey_responses": (),
    "cases": (),
}
# Rows without an id of their own: names move, tags and consents are united (see `merge`).
UNITED = ("identities", "tags", "consents")


def move(session: Session, store_id: int, source: int, target: int) -> dict[str, list[int]]:
    """Move every row of one buyer to another; gives the ids moved, by table."""
    moved = {}
    for name, unique in MOVED.items():
        rows, twin = _table(name, unique), _table(name, unique).alias("twin")
        change = update(rows).where(rows.c.store_id == store_id, rows.c.buyer_id == source)
        if unique:
            same = and_(*(twin.c[key] == rows.c[key] for key in unique))
            there = select(twin.c.id).where(
                twin.c.store_id == store_id, twin.c.buyer_id == target, same
            )
            change = change.where(~there.exists())
        ids = session.scalars(change.values(buyer_id=target).returning(rows.c.id)).all()
        if ids:
            moved[name] = sorted(ids)
    session.flush()
    session.expire_all()
    return moved


def move_back(
    session: Session, store_id: int, pair: tuple[int, int], moved: Mapping[str, Iterable[int]]
) -> None:
    """Move the rows of the first buyer that once were the second's back to her."""
    survivor, other = pair
    for name in (name for name in MOVED if name in moved):
        rows, ids = _table(name, ()), moved[name]
        session.execute(
            update(rows)
            .where(
                rows.c.store_id == store_id,
                rows.c.buyer_id == survivor,
                rows.c.id == func.any(list(ids)),
            )
            .values(buyer_id=other)
        )
    session.flush()
    session.expire_all()


def recount(session: Session, store_id: int, buyers: Iterable[Buyer]) -> None:
    """Count the open cases anew and look up the newest survey score."""
    cases = table("cases", column("store_id"), column("buyer_id"), column("state"))
    answers = table(
        "survey_responses",
        *(column(name) for name in ("store_id", "buyer_id", "score", "answered_at", "id")),
    )
    for buyer in buyers:
        open_cases = select(func.count()).where(
            cases.c.store_id == store_id, cases.c.buyer_id == buyer.id, cases.c.state != "closed"
        )
        newest = (
            select(answers.c.score)
            .where(answers.c.store_id == store_id, answers.c.buyer_id == buyer.id)
            .order_by(answers.c.answered_at.desc(), answers.c.id.desc())
            .limit(1)
        )
        buyer.open_cases = session.scalar(open_cases) or 0
        buyer.last_score = session.scalar(newest)


def _table(name: str, unique: Sequence[str]) -> TableClause:
    return table(
        name, column("store_id"), column("id"), column("buyer_id"), *(column(c) for c in unique)
    )
