"""The rows that stand for a random little store."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Consent, Order, OrderItem, Refund, Tag
from crm.cases.models import Case
from crm.coupons.models import Coupon
from crm.messages.models import Click, Message
from crm.stores.models import Store
from tests.segments.worlds import Person, Sale, counted


def keep(session: Session, store: Store, people: list[Person], now: datetime) -> None:
    """Write the rows of a store's buyers, with the roll-ups their orders give."""
    buyers = [_buyer(store, person, now) for person in people]
    session.add_all(buyers)
    session.flush()
    for person, buyer in zip(people, buyers, strict=True):
        person.id = buyer.id
        _keep_sales(session, store, person, now)
        session.add_all(_rows(store, person, now))
    session.flush()


def _buyer(store: Store, person: Person, now: datetime) -> Buyer:
    sales = counted(person)
    ours = [sale for sale in sales if sale.currency == store.currency]
    placed = [sale.placed_at for sale in sales]
    return Buyer(
        store_id=store.id,
        sources={},
        orders_count=len(sales),
        spent_minor=sum(sale.total - sale.refunded for sale in ours),
        refunded_minor=sum(sale.refunded for sale in ours),
        first_order_at=min(placed, default=None),
        last_order_at=max(placed, default=None),
        created_at=now,
        updated_at=now,
        **person.columns,
    )


def _keep_sales(session: Session, store: Store, person: Person, now: datetime) -> None:
    for number, sale in enumerate(person.sales):
        order = _order(store, person, f"{person.id}-{number}", sale)
        session.add(order)
        session.flush()
        of_order = {"store_id": store.id, "order_id": order.id}
        session.add_all(
            OrderItem(
                **of_order,
                product_id=product,
                title=product,
                quantity=1,
                unit_price_minor=sale.total,
                total_minor=sale.total,
            )
            for product in sale.products
        )
        session.add_all(
            Refund(**of_order, external_id=str(n), amount_minor=amount, refunded_at=at)
            for n, (at, amount) in enumerate(sale.refunds)
        )


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
    return rows


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
