"""Reads Shopify's refunds: the money of one is what its successful refund transactions moved.

Its lines may add up to more or to less, and a refund of shipping alone has none.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.events import Event, LookUp, Noted, Refund, RefundPosted, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import Home
from crm.storefronts._fields import load, minor, unreadable
from crm.storefronts._shopify.forms import Arrival, RefundForm


def listed(order: dict[str, Any], currency: str, seen_at: datetime) -> tuple[Refund, ...]:
    """Read the refunds of an order that moved money, in the shop's currency."""
    found = (_refund(told, _money(told, currency, order), seen_at) for told in order["refunds"])
    return tuple(refund for refund in found if refund.amount_minor > 0)


def read_refund(arrival: Arrival, home: Home) -> tuple[Event, ...]:
    """Make the event of a refund told by itself.

    It comes when a refund is made, whether or not money has moved. What was paid back in another
    currency than the shop's is read in the order, whose interface knows both amounts.
    """
    told = load(RefundForm, arrival.thing)
    if told["order_id"] is None:
        raise unreadable({"order_id": _("is missing")})
    foreign = {part["currency"] for part in _moved(told)} - {None, home.currency}
    if foreign:
        seen = Version(arrival.told_at, 0, arrival.digest)
        return (LookUp(seen, "order", told["order_id"]),)
    refund = _refund(told, _money(told, home.currency, {}), arrival.told_at)
    if refund.amount_minor <= 0:
        return (Noted(mark("a refund that has not moved money yet")),)
    version = Version(refund.refunded_at, 0, arrival.digest)
    return (RefundPosted(version, told["order_id"], refund),)


def _refund(told: dict[str, Any], amount_minor: int, seen_at: datetime) -> Refund:
    return Refund(
        external_id=told["id"],
        amount_minor=amount_minor,
        refunded_at=told["processed_at"] or told["created_at"] or seen_at,
        reason=told["note"],
    )


def _moved(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        part
        for part in told["transactions"]
        if (part["kind"], part["status"]) == ("refund", "success") and part["amount"]
    ]


def _money(told: dict[str, Any], currency: str, order: dict[str, Any]) -> int:
    return sum(_in_shop_money(part, currency, order) for part in _moved(told))


def _in_shop_money(part: dict[str, Any], currency: str, order: dict[str, Any]) -> int:
    """Bring a payment in the buyer's currency into the shop's, at the order's own rate."""
    amount: Decimal = abs(part["amount"])
    if part["currency"] in (None, currency):
        return minor(amount, currency)
    both = order.get("total_price_set") or {}
    shop, seen = both.get("shop_money") or {}, both.get("presentment_money") or {}
    if (
        seen.get("currency_code") != part["currency"]
        or not shop.get("amount")
        or not seen["amount"]
    ):
        raise unreadable({"refunds": _("are in a currency that the order does not name")})
    return minor(amount * shop["amount"] / seen["amount"], currency)
