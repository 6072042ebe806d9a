"""Reads Saleor's orders, whichever way they came."""

from datetime import datetime
from typing import Any

from crm.events import Item, LookUp, Noted, OrderChanged, Tracking, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.money import is_currency
from crm.storefronts import Home
from crm.storefronts._fields import load, minor, read_moment, unreadable
from crm.storefronts._saleor.forms import GoneForm, OrderForm, amount_of
from crm.storefronts._saleor.payments import Payment, reckon
from crm.storefronts._saleor.people import metadata_of, person_of
from crm.storefronts._saleor.texts import digest_of

# How far a status is on its way: of two pictures of one instant the later one counts.
_PROGRESS = {
    "UNFULFILLED": 1,
    "PARTIALLY_FULFILLED": 2,
    "FULFILLED": 3,
    "PARTIALLY_RETURNED": 4,
    "RETURNED": 5,
    "EXPIRED": 6,
    "CANCELED": 7,
}
_MONEY_PROGRESS = {"unpaid": 0, "paid": 1, "partially_refunded": 2, "refunded": 3}
_UNDECIDED = {"DRAFT", "UNCONFIRMED"}
_ENDED = {"CANCELED", "EXPIRED"}
_SENT = {"FULFILLED", "PARTIALLY_RETURNED", "RETURNED"}
_DELIVERED_KEYS = ("regulars_delivered_at", "delivered_at")


def read_order(thing: Any, home: Home, seen_at: datetime) -> OrderChanged | LookUp | Noted:
    """Make the event of an order; `seen_at` dates one that is not dated.

    An order of which too little was told is looked up. Raises Rejected with what is wrong.
    """
    if isinstance(thing, dict) and thing.get("id") and not {"status", "total"} & thing.keys():
        return _look_up(thing, seen_at)
    told = load(OrderForm, thing)
    told["status"] = told["status"].upper().replace(" ", "_")
    if told["status"] in _UNDECIDED:
        return Noted(mark("an order that is not confirmed yet"))
    return _changed(told, thing, home, told["updated_at"] or seen_at)


def _look_up(thing: dict[str, Any], seen_at: datetime) -> LookUp:
    named = load(GoneForm, {"id": thing["id"]})
    return LookUp(Version(seen_at, 0, digest_of(thing)), "order", named["id"])


def _changed(told: dict[str, Any], thing: Any, home: Home, at: datetime) -> OrderChanged:
    currency = _currency(told, home)
    total = minor(amount_of(told["total"]["gross"]), currency)
    money = reckon(told, total, currency)
    return OrderChanged(
        version=Version(at, _rank(told, money), digest_of(thing)),
        external_id=told["id"],
        number=told["number"] or told["id"],
        status=_status(told["status"]),
        payment_status=money.status,
        fulfillment_status=_fulfillment(told),
        placed_at=told["created"] or at,
        currency=currency,
        total_minor=total,
        discount_minor=_discount(told, total, currency),
        refunded_minor=money.refunded_minor,
        paid_at=money.paid_at,
        fulfilled_at=_fulfilled_at(told, at),
        delivered_at=_delivered_at(told),
        cancelled_at=at if told["status"] in _ENDED else None,
        coupon_codes=(told["voucher_code"],) if told["voucher_code"] else (),
        payment_method=money.method,
        tracking=_tracking(told),
        person=person_of(told, home),
        items=tuple(_item(line, currency) for line in told["lines"]),
        refunds=money.refunds,
    )


def _currency(told: dict[str, Any], home: Home) -> str:
    gross = told["total"]["gross"]
    if gross is None or gross["amount"] is None:
        raise unreadable({"total.gross.amount": _("is missing")})
    if gross["amount"] < 0:
        raise unreadable({"total.gross.amount": _("must not be negative")})
    currency: str = (gross["currency"] or home.currency).upper()
    if not is_currency(currency):
        raise unreadable({"total.gross.currency": _("must be a currency code such as EUR")})
    return currency


def _rank(told: dict[str, Any], money: Payment) -> int:
    """Rank pictures of one instant: first by how far they are, then by how much they hold.

    Some changes leave the time of an order as it is, and a body may be made of a copy of the
    shop's database that lags behind, without lines and transactions.
    """
    state = 4 * _PROGRESS.get(told["status"], 0) + _MONEY_PROGRESS[money.status]
    events = [event for one in told["transactions"] for event in one["events"]]
    marks = [one for one in told["fulfillments"] if one["tracking_number"]]
    parcels = len(told["fulfillments"]) + len(marks)
    return 30 * state + sum(min(many, 9) for many in (len(told["lines"]), len(events), parcels))


def _status(status: str) -> Any:
    if status in _ENDED:
        return "cancelled"
    return "closed" if status in ("FULFILLED", "RETURNED") else "open"


def _fulfillment(told: dict[str, Any]) -> Any:
    if _delivered_at(told):
        return "delivered"
    if told["status"] in _SENT:
        return "fulfilled"
    return "partial" if told["status"] == "PARTIALLY_FULFILLED" else "unfulfilled"


def _discount(told: dict[str, Any], total: int, currency: str) -> int:
    full = told["undiscounted_total"]
    before = amount_of(full["gross"]) if full else None
    return 0 if before is None else max(minor(before, currency) - total, 0)


def _fulfilled_at(told: dict[str, Any], at: datetime) -> datetime | None:
    """Find when the last parcel of an order left; what came back is a fulfilment there as well."""
    if told["status"] not in _SENT:
        return None
    sent = [one["created"] for one in _parcels(told) if one["created"]]
    return max(sent) if sent else at


def _delivered_at(told: dict[str, Any]) -> datetime | None:
    """Read the delivery, which Saleor itself does not know, from metadata."""
    return read_moment(metadata_of([told], _DELIVERED_KEYS))


def _tracking(told: dict[str, Any]) -> Tracking | None:
    numbers = [one["tracking_number"] for one in _parcels(told) if one["tracking_number"]]
    return Tracking(number=numbers[-1]) if numbers else None


def _parcels(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in told["fulfillments"] if (one["status"] or "").upper() == "FULFILLED"]


def _item(line: dict[str, Any], currency: str) -> Item:
    variant = line["variant"] or {}
    quantity = line["quantity"]
    total, unit = _gross(line["total_price"]), _gross(line["unit_price"])
    total_minor = minor(unit * quantity if total is None and unit else total, currency)
    return Item(
        product_id=(variant.get("product") or {}).get("id"),
        title=_title(line),
        quantity=quantity,
        unit_price_minor=total_minor // max(quantity, 1) if unit is None else minor(unit, currency),
        total_minor=total_minor,
        variant_id=line["product_variant_id"] or variant.get("id"),
        sku=line["product_sku"],
    )


def _gross(price: dict[str, Any] | None) -> Any:
    return amount_of(price["gross"]) if price else None


def _title(line: dict[str, Any]) -> str:
    names = [line["product_name"], line["variant_name"]]
    told = dict.fromkeys(name for name in names if name and name != line["product_sku"])
    return " – ".join(told)
