"""Reads Shopify's orders: its picture of the whole order, from a webhook or from the interface."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.events import Event, Item, LookUp, OrderChanged, Refund, Version
from crm.i18n import gettext as _
from crm.money import is_currency
from crm.storefronts import Home
from crm.storefronts._fields import load, minor, unreadable
from crm.storefronts._shopify import parcels, people, refunds
from crm.storefronts._shopify.forms import Arrival, GoneForm, OrderForm

# How far an order is on its way: of two pictures of one second the later one counts. The parts
# are added, so that a step in any of them counts.
_PAID = {"unpaid": 0, "paid": 1, "partially_refunded": 2, "refunded": 3}
_SENT = {"unfulfilled": 0, "partial": 1, "fulfilled": 2, "delivered": 3}
_CANCELLED = 10
GONE = 99
_PAID_WORDS = {"paid", "partially_refunded", "refunded"}


def read_order(arrival: Arrival, home: Home) -> tuple[Event, ...]:
    """Make the event of an order. Raises Rejected with the fields that are wrong.

    A webhook may be set up to send a few fields only; then the order is looked up.
    """
    if isinstance(arrival.thing, dict) and "total_price" not in arrival.thing:
        told = load(GoneForm, arrival.thing)
        return (LookUp(Version(arrival.told_at, 0, arrival.digest), "order", told["id"]),)
    told = load(OrderForm, arrival.thing)
    updated_at = told["updated_at"] or told["created_at"]
    if updated_at is None:
        raise unreadable({"updated_at": _("is missing")})
    return (_changed(told, updated_at, arrival.digest, home),)


def _changed(told: dict[str, Any], at: datetime, digest: str, home: Home) -> OrderChanged:
    currency = _currency(told, home)
    given_back = refunds.listed(told, currency, at)
    total, refunded = _sums(told, given_back, currency)
    payment = _payment(told, refunded, total)
    sent = parcels.fulfillment_of(told, at)
    return OrderChanged(
        version=Version(at, _rank(told, payment, sent.status), digest),
        external_id=told["id"],
        number=told["name"] or told["id"],
        status=_status(told),
        payment_status=payment,
        fulfillment_status=sent.status,
        placed_at=told["processed_at"] or told["created_at"] or at,
        currency=currency,
        total_minor=total,
        discount_minor=minor(told["total_discounts"], currency),
        refunded_minor=refunded,
        fulfilled_at=sent.fulfilled_at,
        delivered_at=sent.delivered_at,
        cancelled_at=told["cancelled_at"],
        coupon_codes=_filled(line["code"] for line in told["discount_codes"]),
        payment_method=", ".join(_filled(told["payment_gateway_names"]))[:100] or None,
        test=told["test"] is True,
        tracking=parcels.tracking_of(told),
        person=people.person_of_order(told, home),
        items=tuple(_item(line, currency) for line in told["line_items"]),
        refunds=given_back,
    )


def _currency(told: dict[str, Any], home: Home) -> str:
    """Read the shop's own currency, which all amounts here are in."""
    currency: str = (told["currency"] or home.currency).upper()
    if not is_currency(currency):
        raise unreadable({"currency": _("must be a currency code such as EUR")})
    return currency


def _sums(told: dict[str, Any], given_back: tuple[Refund, ...], currency: str) -> tuple[int, int]:
    """Read what the order comes to and how much of it was given back."""
    refunded = sum(refund.amount_minor for refund in given_back)
    total = _total(told, refunded, currency)
    is_whole = told["financial_status"] == "refunded" and not told["refunds"]
    return total, total if is_whole else refunded


def _total(told: dict[str, Any], refunded: int, currency: str) -> int:
    """Read what the order comes to.

    `total_price` leaves out what an edit took away, `current_total_price` also what was refunded;
    so the latter counts until money goes back, and never for an order that was called off.
    """
    edited = told["current_total_price"]
    called_off = told["cancelled_at"] or told["financial_status"] in ("voided", "refunded")
    if edited is None or edited < 0 or refunded or called_off:
        return minor(told["total_price"], currency)
    return minor(edited, currency)


def _payment(told: dict[str, Any], refunded: int, total: int) -> Any:
    if refunded:
        return "refunded" if refunded >= total else "partially_refunded"
    # What is called refunded without money having moved is a refund that is still on its way.
    return "paid" if told["financial_status"] in _PAID_WORDS else "unpaid"


def _status(told: dict[str, Any]) -> Any:
    if told["cancelled_at"]:
        return "cancelled"
    return "closed" if told["closed_at"] else "open"


def _rank(told: dict[str, Any], payment: str, sent: str) -> int:
    return _PAID[payment] + _SENT[sent] + (_CANCELLED if told["cancelled_at"] else 0)


def _filled(words: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(word for word in words if word)


def _item(line: dict[str, Any], currency: str) -> Item:
    quantity, unit = line["quantity"], line["price"] or Decimal(0)
    taken_off = sum(
        (part["amount"] or Decimal(0) for part in line["discount_allocations"]), Decimal(0)
    )
    return Item(
        product_id=line["product_id"],
        title=line["name"] or line["title"] or "",
        quantity=quantity,
        unit_price_minor=minor(unit, currency),
        total_minor=minor(unit * quantity - taken_off, currency),
        variant_id=line["variant_id"],
        sku=line["sku"],
    )
