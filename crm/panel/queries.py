"""Reads that only the screens need: lists with names, and the figures of a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.orm import Session, defer

from crm.buyers.models import Buyer, ConsentEvent, Order, OrderItem, Review, Tag
from crm.panel.desk import Desk
from crm.stores.models import Store, StoreApp
from crm.stores.zones import zone
from crm.surveys.models import Response, Survey
from crm.webhooks.models import Webhook


def buyers_by_id(desk: Desk, ids: Iterable[int | None]) -> dict[int, Buyer]:
    """Read the buyers behind a list of rows, by their ids."""
    wanted = sorted({one for one in ids if one is not None})
    rows = desk.session.scalars(
        select(Buyer).where(Buyer.store_id == desk.store.id, Buyer.id.in_(wanted))
    )
    return {one.id: one for one in rows}


def tags_in_use(session: Session, store_id: int, most: int = 100) -> list[str]:
    """List the tags of a store, the commonest first."""
    counted = select(Tag.tag).where(Tag.store_id == store_id).group_by(Tag.tag)
    return list(session.scalars(counted.order_by(func.count().desc(), Tag.tag).limit(most)))


def countries_in_use(session: Session, store_id: int, most: int = 60) -> list[str]:
    """List the countries buyers live in, the commonest first."""
    counted = select(Buyer.country).where(Buyer.store_id == store_id, Buyer.country.is_not(None))
    ordered = counted.group_by(Buyer.country).order_by(func.count().desc()).limit(most)
    return [code for code in session.scalars(ordered) if code]


def count_buyers(session: Session, store_id: int) -> int:
    """Count the buyers who are neither merged away nor erased."""
    present = (Buyer.merged_into.is_(None), Buyer.erased_at.is_(None))
    counted = select(func.count()).where(Buyer.store_id == store_id, *present)
    return session.scalar(counted) or 0


@dataclass(frozen=True)
class OrderLines:
    """An order with what was in it."""

    order: Order
    items: Sequence[OrderItem]


def orders_of(session: Session, buyer: Buyer, most: int = 100) -> list[OrderLines]:
    """Read a buyer's orders with their items, newest first."""
    mine = (Order.store_id == buyer.store_id, Order.buyer_id == buyer.id)
    wanted = select(Order).where(*mine, Order.deleted_at.is_(None))
    orders = session.scalars(wanted.order_by(Order.placed_at.desc()).limit(most)).all()
    items: dict[int, list[OrderItem]] = {}
    rows = select(OrderItem).where(
        OrderItem.store_id == buyer.store_id, OrderItem.order_id.in_([one.id for one in orders])
    )
    for item in session.scalars(rows.order_by(OrderItem.id)):
        items.setdefault(item.order_id, []).append(item)
    return [OrderLines(one, items.get(one.id, [])) for one in orders]


def consent_history(session: Session, buyer: Buyer) -> Sequence[ConsentEvent]:
    """Read every consent decision of a buyer, newest first."""
    mine = (ConsentEvent.store_id == buyer.store_id, ConsentEvent.buyer_id == buyer.id)
    return session.scalars(
        select(ConsentEvent).where(*mine).order_by(ConsentEvent.id.desc()).limit(100)
    ).all()


def list_reviews(
    session: Session, store_id: int, at_most: int | None, before_id: int | None, limit: int
) -> Sequence[Review]:
    """List reviews with an id below `before_id`, newest first."""
    wanted = select(Review).where(Review.store_id == store_id)
    if at_most is not None:
        wanted = wanted.where(Review.rating <= at_most)
    if before_id is not None:
        wanted = wanted.where(Review.id < before_id)
    return session.scalars(wanted.order_by(Review.id.desc()).limit(limit)).all()


def score_counts(session: Session, survey: Survey) -> dict[int, int]:
    """Count the answers to a survey by their score."""
    rows = session.execute(
        select(Response.score, func.count())
        .where(Response.store_id == survey.store_id, Response.survey_id == survey.id)
        .group_by(Response.score)
    )
    return {score: count for score, count in rows}  # noqa: C416 - a row is no pair to a type checker


def newest_webhook(session: Session, said: Store | StoreApp) -> Webhook | None:
    """Find the last webhook of a storefront, or of an app beside it, without its body."""
    mine = select(Webhook).where(
        Webhook.store_id == (said.id if isinstance(said, Store) else said.store_id),
        Webhook.received_at >= said.created_at,
        Webhook.platform == said.platform,
    )
    newest = mine.order_by(Webhook.received_at.desc(), Webhook.id.desc()).limit(1)
    return session.scalar(newest.options(defer(Webhook.body, raiseload=True)))


@dataclass(frozen=True)
class Sales:
    """Sales of the last days: by local day, oldest first, and how much of it is from regulars."""

    days: list[tuple[datetime, int, int]]
    orders: int
    spent_minor: int
    loyal_minor: int
    new_buyers: int


def sales(session: Session, store: Store, days: int, now: datetime) -> Sales:
    """Add up the counted orders of the last days in the store's currency.

    A regular is a buyer who had ordered before; money is net of refunds.
    """
    first = now.astimezone(zone(store)) - timedelta(days=days - 1)
    since = first.replace(hour=0, minute=0, second=0, microsecond=0)
    by_day = _by_day(session, store, since)
    every = [first + timedelta(days=number) for number in range(days)]
    filled = [(day, *by_day.get(day.date(), (0, 0))) for day in every]
    loyal = _loyal_minor(session, store, since)
    return Sales(
        days=filled,
        orders=sum(count for _day, count, _minor in filled),
        spent_minor=sum(minor for _day, _count, minor in filled),
        loyal_minor=loyal,
        new_buyers=_new_buyers(session, store, since),
    )


def _by_day(session: Session, store: Store, since: datetime) -> dict[date, tuple[int, int]]:
    day = cast(func.timezone(store.timezone, Order.placed_at), Date)
    net = func.sum(Order.total_minor - Order.refunded_minor)
    rows = session.execute(
        select(day, func.count(), net).where(*_counted(store, since)).group_by(day)
    )
    return {on: (count, int(minor)) for on, count, minor in rows}


def _loyal_minor(session: Session, store: Store, since: datetime) -> int:
    net = func.sum(Order.total_minor - Order.refunded_minor)
    regular = (Buyer.store_id == Order.store_id) & (Buyer.id == Order.buyer_id)
    asked = select(net).join(Buyer, regular).where(*_counted(store, since))
    return int(session.scalar(asked.where(Buyer.first_order_at < Order.placed_at)) or 0)


def _new_buyers(session: Session, store: Store, since: datetime) -> int:
    joined = select(func.count()).where(
        Buyer.store_id == store.id, Buyer.joined_at >= since, Buyer.merged_into.is_(None)
    )
    return session.scalar(joined) or 0


def _counted(store: Store, since: datetime) -> list[ColumnElement[bool]]:
    return [
        Order.store_id == store.id,
        Order.placed_at >= since,
        Order.counted.is_(True),
        Order.currency == store.currency,
    ]
