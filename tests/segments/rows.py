"""The rows that stand for a random little store."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Consent, Order, OrderItem, Refund, Review, Tag
from crm.buyers.rollups import refresh
from crm.cases.models import Case
from crm.coupons.models import Coupon
from crm.messages.models import Click, Message
from crm.stores.models import Store
from tests.segments.worlds import Person, Sale


def keep(session: Session, store: Store, people: list[Person], now: datetime) -> None:
    """Write the rows of a store's buyers; the product makes the roll-ups."""
    buyers = [_buyer(store, person, now) for person in people]
    session.add_all(buyers)
    session.flush()
    for person, buyer in zip(people, buyers, strict=True):
        person.id = buyer.id
    _keep_sales(session, store, people)
    session.add_all(row for person in people for row in _rows(store, person, now))
    refresh(session, store, [person.id for person in people], now)
    for person, buyer in zip(people, buyers, strict=True):
        buyer.tier = person.columns["tier"]
    session.flush()


def _buyer(store: Store, person: Person, now: datetime) -> Buyer:
    told = {"joined_at": {"source": "storefront", "at": person.columns["joined_at"].isoformat()}}
    return Buyer(store_id=store.id, sources=told, created_at=now, updated_at=now, **person.columns)


def _keep_sales(session: Session, store: Store, people: list[Person]) -> None:
    sales = [
        (sale, _order(store, person, f"{person.id}-{number}", sale))
        for person in people
        for number, sale in enumerate(person.sales)
    ]
    session.add_all(order for _sale, order in sales)
    session.flush()
    session.add_all(row for sale, order in sales for row in _of_order(store, sale, order))


def _of_order(store: Store, sale: Sale, order: Order) -> list[Any]:
    of_order = {"store_id": store.id, "order_id": order.id}
    items = [
        OrderItem(
            **of_order, product_id=product, title=product, quantity=1,
            unit_price_minor=sale.total, total_minor=sale.total,
        )
        for product in sale.products
    ]  # fmt: skip
    refunds = [
        Refund(**of_order, external_id=str(n), amount_minor=amount, refunded_at=at)
        for n, (at, amount) in enumerate(sale.refunds)
    ]
    return [*items, *refunds]


def _order(store: Store, person: Person, name: str, sale: Sale) -> Order:
    return Order(
        store_id=store.id,
        external_id=name,
        buyer_id=person.id,
        number=f"#{name}",
        status="open",
        payment_status="paid" if sale.paid else "unpaid",
        fulfillment_status="unfulfilled",
        placed_at=sale.placed_at,
        paid_at=sale.placed_at if sale.paid else None,
        cancelled_at=sale.placed_at if sale.cancelled else None,
        deleted_at=sale.placed_at if sale.deleted else None,
        currency=sale.currency,
        total_minor=sale.total,
        refunded_minor=sale.refunded,
        test=sale.test,
        version_at=sale.placed_at,
        version_rank=0,
        version_digest="",
        created_at=sale.placed_at,
        updated_at=sale.placed_at,
    )


def _rows(store: Store, person: Person, now: datetime) -> list[Any]:
    of_buyer = {"store_id": store.id, "buyer_id": person.id}
    rows: list[Any] = [Tag(**of_buyer, tag=tag, actor="t", created_at=now) for tag in person.tags]
    rows += [
        Consent(**of_buyer, channel=channel, status=status, basis="", source="", decided_at=now)
        for channel, status in person.consents.items()
    ]
    rows += [_message_row(of_buyer, n, message) for n, message in enumerate(person.messages)]
    rows += [
        Click(**of_buyer, message_id=n, campaign_id=campaign, url="", clicked_at=at)
        for n, (at, campaign) in enumerate(person.clicks)
    ]
    rows += [_coupon_row(of_buyer, n, coupon) for n, coupon in enumerate(person.coupons)]
    rows += [
        Case(
            **of_buyer, type=kind, state=state, title="", currency="EUR", opened_by="t",
            opened_at=now, due_at=now, updated_at=now,
        )
        for kind, state in person.cases
    ]  # fmt: skip
    rows += [_review_row(of_buyer, n, review) for n, review in enumerate(person.reviews)]
    return rows


def _review_row(of_buyer: dict[str, int], n: int, told: tuple[datetime, int, bool]) -> Review:
    at, rating, is_gone = told
    return Review(
        **of_buyer, external_id=f"{of_buyer['buyer_id']}-{n}", rating=rating, title="", body="",
        posted_at=at, deleted_at=at if is_gone else None, version_at=at, version_rank=0,
        version_digest="", created_at=at,
    )  # fmt: skip


def _message_row(of_buyer: dict[str, int], n: int, told: tuple[datetime, str, int, str]) -> Message:
    at, channel, campaign, state = told
    return Message(
        **of_buyer, campaign_id=campaign, occurrence=f"o{n}", kind="promotion", channel=channel,
        message_class="marketing", recipient="", content={}, state=state, not_before=at,
        expires_at=at, created_at=at - timedelta(days=10), claimed_at=at,
        accepted_at=None if state in ("queued", "uncertain", "cancelled") else at,
    )  # fmt: skip


def _coupon_row(
    of_buyer: dict[str, int], n: int, told: tuple[datetime, datetime, int, str]
) -> Coupon:
    issued, ends, campaign, state = told
    return Coupon(
        **of_buyer, code=f"C-{of_buyer['buyer_id']}-{n}", campaign_id=campaign,
        occurrence=f"o{n}", percent=10, currency="EUR", state=state, expires_at=ends,
        expires_on=ends.astimezone(UTC).date(), issued_at=issued,
    )  # fmt: skip
