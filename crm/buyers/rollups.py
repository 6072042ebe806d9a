"""Roll-ups of a buyer's orders and reviews, and her class: always recomputed, never counted up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    case,
    column,
    func,
    insert,
    literal,
    select,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from crm.buyers import tiers
from crm.buyers.facts import ahead
from crm.buyers.facts.locks import lock_buyers
from crm.buyers.models import Buyer, Order, Review, TierChange
from crm.stores.models import Store
from crm.stores.settings import TierPolicy, read_settings, write_settings


def refresh(session: Session, store: Store, buyer_ids: Iterable[int], now: datetime) -> None:
    """Recompute the roll-ups and classes of buyers from the rows as they are now.

    Buyers are locked first, so that of two workers the second sees what the first did. In a batch
    of facts it is left for the end.
    """
    later = ahead.postponed(session)
    if later is not None:
        later.buyers.update(buyer_ids)
        return
    session.flush()
    buyers = lock_buyers(session, store.id, buyer_ids)
    if not buyers:
        return
    figures = _figures(session, store, [buyer.id for buyer in buyers])
    policy = read_settings(store).tiers
    for buyer in buyers:
        _write(buyer, figures.get(buyer.id))
    places = find_places(session, store, policy, buyers)
    for buyer in buyers:
        figures_now = tiers.Figures(
            buyer.orders_count,
            buyer.spent_minor,
            buyer.last_order_at,
            *places.get(buyer.id, (0, 0)),
        )
        settle_tier(session, buyer, tiers.classify(policy, figures_now, buyer.tier, now), now)
    session.flush()


def find_places(
    session: Session, store: Store, policy: TierPolicy, buyers: Sequence[Buyer]
) -> dict[int, tuple[int, int]]:
    """Find the place of each buyer among those who bought; nothing where no policy asks for it."""
    if policy.policy == "thresholds":
        return {}
    session.flush()
    bought = (Buyer.store_id == store.id) & (Buyer.orders_count > 0) & Buyer.merged_into.is_(None)
    ranked = session.scalar(select(func.count()).where(bought)) or 0
    ahead = {
        buyer.id: session.scalar(
            select(func.count()).where(bought, Buyer.spent_minor > buyer.spent_minor)
        )
        or 0
        for buyer in buyers
    }
    return {buyer_id: (count + 1, ranked) for buyer_id, count in ahead.items()}


def settle_tier(session: Session, buyer: Buyer, verdict: tiers.Verdict, now: datetime) -> None:
    """Write a class and, when it is another one, its history."""
    if verdict.tier != buyer.tier:
        session.add(
            TierChange(
                store_id=buyer.store_id,
                buyer_id=buyer.id,
                before=buyer.tier,
                after=verdict.tier,
                reason=verdict.reason,
                changed_at=now,
            )
        )
        buyer.tier, buyer.tier_since = verdict.tier, now if verdict.tier else None
    if buyer.tier_reason != verdict.reason:
        buyer.tier_reason = verdict.reason


def change_settings(
    session: Session, store: Store, payload: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """Replace a store's settings and, where classes are drawn anew, every buyer's class.

    Raises Rejected with the errors by field.
    """
    before = read_settings(store).tiers
    written = write_settings(session, store, payload)
    if read_settings(store).tiers != before:
        reclass(session, store, now)
    return written


def reclass(session: Session, store: Store, now: datetime) -> int:
    """Draw the class of every buyer of a store anew from her roll-ups; gives how many changed."""
    policy = read_settings(store).tiers
    changed: list[dict[str, Any]] = []
    for row in session.execute(_everybody(store, policy).execution_options(yield_per=5_000)):
        figures = tiers.Figures(
            row.orders_count, row.spent_minor, row.last_order_at, row.place, row.ranked
        )
        verdict = tiers.classify(policy, figures, row.tier, now)
        if verdict.tier != row.tier:
            changed.append(
                {"id": row.id, "before": row.tier, "after": verdict.tier, "reason": verdict.reason}
            )
    for start in range(0, len(changed), 1_000):
        _write_classes(session, store.id, changed[start : start + 1_000], now)
    return len(changed)


def _figures(session: Session, store: Store, ids: Sequence[int]) -> Mapping[int, Any]:
    counted, priced = Order.counted, Order.counted & (Order.currency == store.currency)
    rows = session.execute(
        select(
            Buyer.id,
            func.count().filter(counted).label("orders"),
            func.sum(Order.total_minor - Order.refunded_minor).filter(priced).label("spent"),
            func.sum(Order.refunded_minor).filter(priced).label("refunded"),
            func.min(Order.placed_at).filter(counted).label("first_at"),
            func.max(Order.placed_at).filter(counted).label("last_at"),
            func.min(Order.placed_at).filter(Order.deleted_at.is_(None)).label("seen_at"),
            _newest_rating(store).label("rating"),
        )
        .select_from(Buyer)
        .outerjoin(Order, (Order.store_id == Buyer.store_id) & (Order.buyer_id == Buyer.id))
        .where(Buyer.store_id == store.id, Buyer.id.in_(ids))
        .group_by(Buyer.store_id, Buyer.id)
    )
    return {row.id: row for row in rows}


def _newest_rating(store: Store) -> ScalarSelect[int]:
    return (
        select(Review.rating)
        .where(
            Review.store_id == store.id,
            Review.buyer_id == Buyer.id,
            Review.deleted_at.is_(None),
        )
        .order_by(Review.posted_at.desc(), Review.external_id.desc())
        .limit(1)
        .correlate(Buyer)
        .scalar_subquery()
    )


def _write(buyer: Buyer, figures: Any) -> None:
    if figures is None:
        return
    buyer.orders_count = figures.orders
    buyer.spent_minor = int(figures.spent or 0)
    buyer.refunded_minor = int(figures.refunded or 0)
    buyer.first_order_at, buyer.last_order_at = figures.first_at, figures.last_at
    buyer.last_rating = figures.rating
    known = buyer.sources.get("joined_at", {})
    if known.get("source") != "storefront":
        told = datetime.fromisoformat(known["at"]) if known else buyer.joined_at
        buyer.joined_at = min(told, figures.seen_at or told)


def _everybody(
    store: Store, policy: TierPolicy
) -> Select[int, str | None, int, int, datetime | None, int, int]:
    bought = Buyer.orders_count > 0
    place: ColumnElement[int] = literal(0)
    ranked: ColumnElement[int] = literal(0)
    if policy.policy != "thresholds":
        place = func.rank().over(partition_by=bought, order_by=Buyer.spent_minor.desc())
        ranked = func.count().over(partition_by=bought)
    return select(
        Buyer.id,
        Buyer.tier,
        Buyer.orders_count,
        Buyer.spent_minor,
        Buyer.last_order_at,
        place.label("place"),
        ranked.label("ranked"),
    ).where(
        Buyer.store_id == store.id, Buyer.merged_into.is_(None), bought | Buyer.tier.is_not(None)
    )


def _write_classes(
    session: Session, store_id: int, changed: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    columns = (column("id", BigInteger), column("tier", Text), column("reason", JSONB))
    drawn = [(row["id"], row["after"], row["reason"]) for row in changed]
    new = values(*columns, name="new").data(drawn).alias("new")
    session.execute(
        update(Buyer)
        .where(Buyer.store_id == store_id, Buyer.id == new.c.id)
        .values(
            tier=new.c.tier,
            tier_reason=new.c.reason,
            tier_since=case((new.c.tier.is_not(None), now)),
            updated_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    history = [
        {
            "store_id": store_id,
            "buyer_id": row["id"],
            "before": row["before"],
            "after": row["after"],
            "reason": row["reason"],
            "changed_at": now,
        }
        for row in changed
    ]
    session.execute(insert(TierChange), history)
