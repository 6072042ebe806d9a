"""Reads BigCommerce's orders: its one status number becomes our three words."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.events import Item, Noted, OrderChanged, OrderDeleted, Tracking, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.money import is_currency
from crm.storefronts import Home
from crm.storefronts._bigcommerce import forms
from crm.storefronts._bigcommerce.gathering import Gathered, shipping_address
from crm.storefronts._bigcommerce.people import person_of_order
from crm.storefronts._bigcommerce.refunds import exact, read_refunds, refunded_of
from crm.storefronts._bigcommerce.statuses import (
    GONE,
    INCOMPLETE,
    fulfillment_of,
    is_paid,
    payment_of,
    progress_of,
    status_of,
)
from crm.storefronts._fields import load, minor, unreadable

_TEST_GATEWAY = "Test Payment Gateway"


def read_order(whole: Gathered, home: Home) -> OrderChanged | OrderDeleted | Noted:
    """Make the event of an order. Raises Rejected with the fields that are wrong."""
    told = load(forms.OrderForm, whole.order)
    modified_at = told["date_modified"] or told["date_created"]
    if modified_at is None:
        raise unreadable({"date_modified": _("is missing")})
    if told["status_id"] == INCOMPLETE:
        return Noted(mark("a checkout that is not finished"))
    version = Version(modified_at, progress_of(told["status_id"]), _digest(whole))
    if told["is_deleted"] and home.options.get("archived_orders") != "keep":
        return OrderDeleted(replace(version, rank=GONE), told["id"])
    return _changed(told, whole, version, home)


def _changed(told: dict[str, Any], whole: Gathered, version: Version, home: Home) -> OrderChanged:
    currency = _currency(told, home)
    total = exact(told["total_inc_tax"], currency, "total_inc_tax")
    refunds = read_refunds(_listed(whole), currency, version.at)
    refunded = refunded_of(told, refunds, total, currency)
    parcels = [load(forms.ShipmentForm, one, "shipments") for one in whole.parcels]
    paid = is_paid(told)
    return OrderChanged(
        version=version,
        external_id=told["id"],
        number=told["id"],
        status=status_of(told["status_id"]),
        payment_status=payment_of(told, paid, refunded, total),
        fulfillment_status=fulfillment_of(told),
        **_times(told, parcels, version.at, has_money=paid or bool(refunded)),
        currency=currency,
        total_minor=total,
        discount_minor=_discount(told, currency),
        refunded_minor=refunded,
        coupon_codes=_codes(whole),
        payment_method=told["payment_method"],
        test=told["payment_method"] == _TEST_GATEWAY,
        tracking=_tracking(parcels),
        person=person_of_order(told, shipping_address(whole.order)),
        items=tuple(_item(load(forms.LineForm, one, "products"), currency) for one in whole.lines),
        refunds=refunds,
    )


def _currency(told: dict[str, Any], home: Home) -> str:
    """Read the currency that was paid in; `currency_code` is only the one that was shown."""
    said = told["default_currency_code"] or told["currency_code"] or home.currency
    currency: str = said.upper()
    if not is_currency(currency):
        raise unreadable({"default_currency_code": _("must be a currency code such as EUR")})
    return currency


def _discount(told: dict[str, Any], currency: str) -> int:
    """Add up what was taken off: coupons stand beside other discounts, or inside them."""
    coupon = told["coupon_discount"] or Decimal(0)
    return minor(max(told["discount_amount"] or Decimal(0), coupon), currency)


def _times(
    told: dict[str, Any], parcels: list[dict[str, Any]], seen_at: datetime, *, has_money: bool
) -> dict[str, Any]:
    """Date the states; those whose time BigCommerce does not keep began with this picture."""
    placed_at = told["date_created"] or seen_at
    sent = [one["date_created"] for one in parcels if one["date_created"]]
    progress = fulfillment_of(told)
    is_sent = progress in ("fulfilled", "delivered")
    is_off = status_of(told["status_id"]) == "cancelled"
    return {
        "placed_at": placed_at,
        "paid_at": placed_at if has_money else None,
        "fulfilled_at": (told["date_shipped"] or max(sent, default=seen_at)) if is_sent else None,
        "delivered_at": seen_at if progress == "delivered" else None,
        "cancelled_at": seen_at if is_off else None,
    }


def _codes(whole: Gathered) -> tuple[str, ...]:
    codes = (load(forms.CodeForm, one, "coupons")["code"] for one in whole.coupons)
    return tuple(code for code in codes if code)


def _tracking(parcels: list[dict[str, Any]]) -> Tracking | None:
    """Read the newest parcel that says anything."""
    for one in reversed(parcels):
        carrier = (
            one["shipping_provider_display_name"]
            or one["tracking_carrier"]
            or one["shipping_provider"]
        )
        link = one["tracking_link"] or one["generated_tracking_link"]
        if one["tracking_number"] or link:
            return Tracking(carrier, one["tracking_number"], link)
    return None


def _item(line: dict[str, Any], currency: str) -> Item:
    """Read a line; its prices may have four places and are rounded."""
    quantity, unit = line["quantity"], minor(line["price_inc_tax"], currency)
    total = line["total_inc_tax"]
    return Item(
        product_id=line["product_id"],
        title=line["name"] or "",
        quantity=quantity,
        unit_price_minor=unit,
        total_minor=unit * quantity if total is None else minor(total, currency),
        variant_id=line["variant_id"],
        sku=line["sku"],
    )


def _digest(whole: Gathered) -> str:
    parts = [whole.order, whole.lines, _listed(whole), whole.coupons, whole.parcels]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _listed(whole: Gathered) -> list[Any]:
    return sorted(whole.refunds, key=lambda one: str(one.get("id", "")).zfill(20))
