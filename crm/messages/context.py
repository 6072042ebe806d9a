"""Reads what a template may say about one buyer, in her language."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Order, OrderItem
from crm.coupons.models import Coupon
from crm.messages import links
from crm.messages.letters.sample import SAMPLE
from crm.messages.letters.values import Line, Lines, LocalDate
from crm.messages.models import Message
from crm.messages.render import Context
from crm.money import Money
from crm.stores.models import Store
from crm.stores.settings import read_settings


def build(session: Session, store: Store, message: Message) -> Context:
    """Gather the values for a message; whatever does not concern it is empty."""
    buyer = session.get_one(Buyer, (store.id, message.buyer_id))
    locale = buyer.locale or message.content.get("locale") or store.locale
    marketing = message.message_class == "marketing"
    page = links.unsubscribe_url(message)
    variables = {
        "buyer": _buyer(buyer),
        "store": _store(store),
        "offer": _offer(session, message, locale),
        "order": _order(session, message, locale),
        "survey": {"url": links.survey_url(message)} if message.kind == "survey" else {},
        "links": {"unsubscribe": page, "preferences": page},
        "message": {"id": str(message.id)},
    }
    return Context(variables, locale, marketing, _wrap(message) if marketing else _as_is)


def sample(store: Store, locale: str | None = None) -> Context:
    """Give made-up values with the store's own name and address, for a test mail or a preview."""
    variables = {**SAMPLE, "store": _store(store)}
    return Context(variables, locale or store.locale, marketing=True, wrap=_as_is)


def full_name(buyer: Buyer) -> str:
    """Write first and last name in the order and with the space its script wants."""
    first, last = buyer.first_name or "", buyer.last_name or ""
    if first and last and _is_han(first) and _is_han(last):
        return last + first
    return f"{first} {last}".strip()


def _buyer(buyer: Buyer) -> dict[str, Any]:
    return {
        "first_name": buyer.first_name,
        "last_name": buyer.last_name,
        "name": full_name(buyer),
        "email": buyer.email,
        "tier": buyer.tier,
        "vip": buyer.vip,
    }


def _store(store: Store) -> dict[str, Any]:
    address = read_settings(store).sender.postal_address
    return {"name": store.name, "url": store.url or "", "postal_address": address}


def _offer(session: Session, message: Message, locale: str) -> dict[str, Any]:
    if message.coupon_id is None:
        return {}
    coupon = session.get_one(Coupon, (message.store_id, message.coupon_id))
    amount = coupon.amount_minor
    return {
        "code": coupon.code,
        "percent": coupon.percent,
        "amount": None if amount is None else Money(amount, coupon.currency).words(locale),
        "expires_on": LocalDate.of(coupon.expires_on, locale),
    }


def _order(session: Session, message: Message, locale: str) -> dict[str, Any]:
    if message.order_id is None:
        return {}
    order = session.get_one(Order, (message.store_id, message.order_id))
    items = session.scalars(
        select(OrderItem)
        .where(OrderItem.store_id == order.store_id, OrderItem.order_id == order.id)
        .order_by(OrderItem.id)
    )
    return {
        "number": order.number,
        "total": Money(order.total_minor, order.currency).words(locale),
        "items": Lines(_line(item, order.currency, locale) for item in items),
        "tracking_url": _tracking(order),
    }


def _line(item: OrderItem, currency: str, locale: str) -> Line:
    return Line(
        title=item.title,
        quantity=item.quantity,
        price=Money(item.unit_price_minor, currency).words(locale),
        total=Money(item.total_minor, currency).words(locale),
    )


def _tracking(order: Order) -> str:
    """Give the storefront's word for where the parcel is, if it is a web address at all."""
    url = str((order.tracking or {}).get("url") or "")
    return url if links.is_web(url) else ""


def _wrap(message: Message) -> Callable[[str], str]:
    def wrap(url: str) -> str:
        wanted = links.is_web(url) and not links.is_own(url)
        return links.click_url(message, url) if wanted else url

    return wrap


def _as_is(url: str) -> str:
    return url


def _is_han(name: str) -> bool:
    return all("\u3400" <= letter <= "\u9fff" or letter >= "\U00020000" for letter in name)
