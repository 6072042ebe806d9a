"""Reads WooCommerce's orders: its one status word becomes our three."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from crm.events import (
    Item,
    Noted,
    OrderChanged,
    OrderDeleted,
    Refund,
    Tracking,
    Version,
)
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.money import is_currency
from crm.storefronts import Home
from crm.storefronts._fields import load, minor, read_moment, unreadable
from crm.storefronts._woo.arrival import Arrival
from crm.storefronts._woo.forms import OrderForm
from crm.storefronts._woo.people import known_id, person_of
from crm.storefronts._woo.texts import plain

# How far a status is on its way: of two pictures of one second the later one counts.
_PROGRESS = {
    "pending": 0,
    "failed": 1,
    "on-hold": 2,
    "processing": 4,
    "completed": 6,
    "cancelled": 7,
    "refunded": 8,
}
_OTHER_STATUS = 5  # a plugin's own word, mostly between processing and completed
GONE = 9
_DRAFTS = {"checkout-draft", "auto-draft", "draft"}
_DELIVERED_KEYS = ("_delivered_at", "regulars_delivered_at")


def read_order(arrival: Arrival, home: Home) -> OrderChanged | OrderDeleted | Noted:
    """Make the event of an order. Raises Rejected with the fields that are wrong."""
    told = load(OrderForm, arrival.thing)
    modified_at = told["date_modified_gmt"] or told["date_created_gmt"]
    if told["status"] in _DRAFTS:
        return Noted(mark("a checkout that is not finished"))
    if modified_at is None:
        raise unreadable({"date_modified_gmt": _("is missing")})
    version = Version(modified_at, _rank(told["status"]), arrival.digest)
    if told["status"] == "trash":
        return OrderDeleted(replace(version, rank=GONE), told["id"])
    return _changed(told, version, home)


def read_restored(arrival: Arrival, home: Home) -> OrderChanged | OrderDeleted | Noted:
    """Make the event of an order back from the trash, dated after its deletion was received."""
    event = read_order(arrival, home)
    if not isinstance(event, OrderChanged):
        return event
    at = max(event.version.at, arrival.received_at)
    return replace(event, version=replace(event.version, at=at, rank=GONE + 1))


def _changed(told: dict[str, Any], version: Version, home: Home) -> OrderChanged:
    currency = _currency(told, home)
    refunds = _refunds(told, currency, version.at)
    refunded = _refunded(told, refunds, currency)
    delivered_at = _delivered_at(told)
    completed_at = _completed_at(told, version.at)
    paid_at = _paid_at(told, completed_at)
    return OrderChanged(
        version=version,
        external_id=told["id"],
        number=told["number"] or told["id"],
        status=_status(told["status"]),
        payment_status=_payment(told, paid_at, refunded, currency),
        fulfillment_status=_fulfillment(completed_at, delivered_at),
        placed_at=told["date_created_gmt"] or version.at,
        currency=currency,
        total_minor=minor(told["total"], currency),
        discount_minor=minor(told["discount_total"], currency),
        refunded_minor=refunded,
        paid_at=paid_at,
        fulfilled_at=completed_at,
        delivered_at=delivered_at,
        cancelled_at=version.at if told["status"] == "cancelled" else None,
        coupon_codes=tuple(line["code"] for line in told["coupon_lines"] if line["code"]),
        payment_method=told["payment_method_title"] or told["payment_method"],
        tracking=_tracking(told),
        person=person_of(told, home),
        items=tuple(_item(line, currency) for line in told["line_items"]),
        refunds=refunds,
    )


def _currency(told: dict[str, Any], home: Home) -> str:
    currency: str = (told["currency"] or home.currency).upper()
    if not is_currency(currency):
        raise unreadable({"currency": _("must be a currency code such as EUR")})
    return currency


def _rank(status: str) -> int:
    return _PROGRESS.get(status, _OTHER_STATUS)


def _status(status: str) -> Any:
    if status == "cancelled":
        return "cancelled"
    return "closed" if status in ("completed", "refunded") else "open"


def _payment(told: dict[str, Any], paid_at: datetime | None, refunded: int, currency: str) -> Any:
    if told["status"] == "refunded":
        return "refunded"
    if refunded:
        whole = refunded >= minor(told["total"], currency)
        return "refunded" if whole else "partially_refunded"
    return "paid" if paid_at else "unpaid"


def _fulfillment(completed_at: datetime | None, delivered_at: datetime | None) -> Any:
    if delivered_at:
        return "delivered"
    return "fulfilled" if completed_at else "unfulfilled"


def _paid_at(told: dict[str, Any], completed_at: datetime | None) -> datetime | None:
    """Read when it was paid; cash on delivery is paid when the order is completed."""
    if told["date_paid_gmt"] or completed_at:
        return told["date_paid_gmt"] or completed_at
    is_paid = told["status"] == "processing" and told["payment_method"] != "cod"
    created_at: datetime | None = told["date_created_gmt"]
    return created_at if is_paid else None


def _completed_at(told: dict[str, Any], modified_at: datetime) -> datetime | None:
    completed_at: datetime | None = told["date_completed_gmt"]
    if completed_at is None and told["status"] == "completed":
        return modified_at
    return completed_at


def _delivered_at(told: dict[str, Any]) -> datetime | None:
    """Read the delivery, which WooCommerce itself does not know, from a plugin's meta data."""
    values = [entry["value"] for entry in told["meta_data"] if entry["key"] in _DELIVERED_KEYS]
    moments = (_moment(value) for value in values)
    return next((moment for moment in moments if moment), None)


def _moment(value: Any) -> datetime | None:
    text = str(value) if isinstance(value, int | str) else ""
    if text.isascii() and text.isdigit() and 9 <= len(text) <= 10:
        return datetime.fromtimestamp(int(text), UTC)
    return read_moment(text)


def _refunds(told: dict[str, Any], currency: str, seen_at: datetime) -> tuple[Refund, ...]:
    """Read refunds, whose totals are negative and whose times only our plugin says."""
    return tuple(
        Refund(
            external_id=refund["id"],
            amount_minor=abs(minor(refund["total"], currency)),
            refunded_at=refund["date_created_gmt"] or seen_at,
            reason=refund["reason"],
        )
        for refund in told["refunds"]
    )


def _refunded(told: dict[str, Any], refunds: tuple[Refund, ...], currency: str) -> int:
    listed = sum(refund.amount_minor for refund in refunds)
    if told["status"] == "refunded" and not listed:
        return minor(told["total"], currency)
    return listed


def _item(line: dict[str, Any], currency: str) -> Item:
    quantity = line["quantity"]
    total = minor(line["total"], currency)
    unit = line["price"]
    return Item(
        product_id=known_id(line["product_id"]),
        title=plain(line["name"]),
        quantity=quantity,
        unit_price_minor=total // max(quantity, 1) if unit is None else minor(unit, currency),
        total_minor=total,
        variant_id=known_id(line["variation_id"]),
        sku=line["sku"],
    )


def _tracking(told: dict[str, Any]) -> Tracking | None:
    """Read the parcel of the widespread shipment-tracking plugins."""
    for entry in told["meta_data"]:
        parcels = entry["value"] if entry["key"] == "_wc_shipment_tracking_items" else None
        if isinstance(parcels, list) and parcels and isinstance(parcels[0], dict):
            first = parcels[0]
            carrier = _text(first, "tracking_provider") or _text(first, "custom_tracking_provider")
            return Tracking(
                carrier, _text(first, "tracking_number"), _text(first, "custom_tracking_link")
            )
    return None


def _text(parcel: dict[str, Any], name: str) -> str | None:
    value = parcel.get(name)
    return value.strip()[:1000] or None if isinstance(value, str) else None
