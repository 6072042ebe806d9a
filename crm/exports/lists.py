"""Lists of buyers and orders as CSV for people: page by page, safe to open in a spreadsheet.

Columns are named as an import reads them, so that a list can be brought back.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import db
from crm.buyers import queries
from crm.buyers.consent import consent_states
from crm.buyers.models import Buyer, Order, OrderItem
from crm.buyers.profile import birthday_text
from crm.buyers.queries import Wanted
from crm.exports.wording import amount, moment
from crm.imports.files.values import safe
from crm.stores.models import Store
from crm.stores.queries import get_store_by_id

_PAGE = 500
_BUYER = (
    "id,email,phone,first_name,last_name,birthday,locale,address.city,address.region,"
    "address.postcode,address.country,created_at,tier,vip,tags,orders,spent,refunded,currency,"
    "last_order_at,consent_email,consent_sms"
).split(",")
_ORDER = (
    "id,number,placed_at,updated_at,status,payment_status,fulfillment_status,paid_at,fulfilled_at,"
    "delivered_at,cancelled_at,currency,total,discount_total,refunded_total,coupon_codes,"
    "payment_method,test,customer.id,customer.email,customer.phone,customer.first_name,"
    "customer.last_name"
).split(",")
_ITEM = ("product_id", "variant_id", "sku", "title", "quantity", "unit_price", "total")
_Page = Callable[[Session, Store, int | None], Sequence[Any]]


def buyers(store_id: int, wanted: Wanted) -> Iterator[bytes]:
    """Write the buyers who fit, newest first; each page is read when it is asked for."""

    def read(session: Session, store: Store, after: int | None) -> Sequence[Any]:
        return queries.search(session, [store.id], wanted, after, _PAGE)

    yield from _written(store_id, _BUYER, read, _buyer_cells)


def orders(store_id: int) -> Iterator[bytes]:
    """Write every order, newest first, with as many columns as the longest order has lines."""
    with db.session() as session:
        per_order = (
            select(func.count().label("lines"))
            .where(OrderItem.store_id == store_id)
            .group_by(OrderItem.order_id)
            .subquery()
        )
        most = session.scalar(select(func.max(per_order.c.lines))) or 0
    heading = [*_ORDER, *(f"items.{place}.{name}" for place in range(most) for name in _ITEM)]
    yield from _written(store_id, heading, _orders_after, _order_cells)


def _written(
    store_id: int,
    heading: Sequence[str],
    read: _Page,
    cells: Callable[[Session, Store, Sequence[Any]], Iterable[Mapping[str, Any]]],
) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _lines([heading])
    after: int | None = None
    while True:
        with db.session() as session:
            store = get_store_by_id(session, store_id)
            page = read(session, store, after)
            rows = [
                [_cell(row.get(name)) for name in heading] for row in cells(session, store, page)
            ]
        if rows:
            yield _lines(rows)
        if len(page) < _PAGE:
            return
        after = page[-1].id


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    kept = io.StringIO()
    csv.writer(kept, lineterminator="\r\n").writerows(rows)
    return kept.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return moment(value) or ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else safe(str(value))


def _buyer_cells(
    session: Session, store: Store, page: Sequence[Buyer]
) -> Iterator[Mapping[str, Any]]:
    ids = [buyer.id for buyer in page]
    externals = queries.external_ids(session, store.id, ids)
    tags = queries.tags_of(session, store.id, ids)
    consents = consent_states(session, store.id, ids)
    for buyer in page:
        said = consents.get(buyer.id, {})
        yield {
            **_person(buyer, externals.get(buyer.id, [])),
            "birthday": birthday_text(buyer) if buyer.birth_calendar == "solar" else None,
            "locale": buyer.locale,
            **{f"address.{name}": getattr(buyer, name) for name in _ADDRESS},
            "created_at": buyer.joined_at,
            "tier": buyer.tier,
            "vip": buyer.vip,
            "tags": ", ".join(tags.get(buyer.id, [])),
            "orders": buyer.orders_count,
            "spent": amount(buyer.spent_minor, store.currency),
            "refunded": amount(buyer.refunded_minor, store.currency),
            "currency": store.currency,
            "last_order_at": buyer.last_order_at,
            **{f"consent_{channel}": row.status for channel, row in said.items()},
        }


_ADDRESS = ("city", "region", "postcode", "country")


def _person(buyer: Buyer, external_ids: Sequence[str]) -> dict[str, Any]:
    return {
        "id": external_ids[0] if external_ids else None,
        "email": buyer.email,
        "phone": buyer.phone,
        "first_name": buyer.first_name,
        "last_name": buyer.last_name,
    }


def _orders_after(session: Session, store: Store, after: int | None) -> Sequence[Order]:
    query = select(Order).where(Order.store_id == store.id, Order.deleted_at.is_(None))
    if after is not None:
        query = query.where(Order.id < after)
    return session.scalars(query.order_by(Order.id.desc()).limit(_PAGE)).all()


def _order_cells(
    session: Session, store: Store, page: Sequence[Order]
) -> Iterator[Mapping[str, Any]]:
    people = _people(session, store, [order.buyer_id for order in page if order.buyer_id])
    lines: dict[int, list[OrderItem]] = {order.id: [] for order in page}
    for row in session.scalars(
        select(OrderItem)
        .where(OrderItem.store_id == store.id, OrderItem.order_id.in_(lines))
        .order_by(OrderItem.id)
    ):
        lines[row.order_id].append(row)
    for order in page:
        person = people.get(order.buyer_id or 0, {})
        yield {
            **_order(order),
            **{f"customer.{name}": value for name, value in person.items()},
            **_items(order, lines[order.id]),
        }


def _people(session: Session, store: Store, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    externals = queries.external_ids(session, store.id, ids)
    rows = session.scalars(select(Buyer).where(Buyer.store_id == store.id, Buyer.id.in_(ids)))
    return {buyer.id: _person(buyer, externals.get(buyer.id, [])) for buyer in rows}


def _order(order: Order) -> dict[str, Any]:
    plain = {name: getattr(order, name, None) for name in _ORDER}
    return {
        **plain,
        "id": order.external_id,
        "updated_at": order.version_at,
        "total": amount(order.total_minor, order.currency),
        "discount_total": amount(order.discount_minor, order.currency),
        "refunded_total": amount(order.refunded_minor, order.currency),
        "coupon_codes": ", ".join(order.coupon_codes),
    }


def _items(order: Order, lines: Sequence[OrderItem]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for place, line in enumerate(lines):
        values = {name: getattr(line, name, None) for name in _ITEM}
        values["unit_price"] = amount(line.unit_price_minor, order.currency)
        values["total"] = amount(line.total_minor, order.currency)
        told |= {f"items.{place}.{name}": value for name, value in values.items()}
    return told
