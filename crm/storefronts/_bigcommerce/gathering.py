"""Gathers what BigCommerce keeps apart: an order's lines, refunds, coupons and parcels.

Calls are few, as they are counted there: lines come with the order, the refunds of a page of orders
with one call, coupons and parcels only where the order shows that there are any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm.storefronts import ApiAccess
from crm.storefronts._bigcommerce.interface import all_rows, get, rows_of
from crm.storefronts._odd_rows import plain

# Orders of version 2 bring their lines along when asked in these words.
WITH_LINES = {"include": "consignments.line_items", "consignment_structure": "object"}
_SHIPPED = (2, 3, 10)
_MOST_LINES = "250"


@dataclass(frozen=True, slots=True)
class Gathered:
    """An order and what belongs to it, as the interface writes them."""

    order: Any
    lines: Sequence[Any]
    refunds: Sequence[Any]
    coupons: Sequence[Any]
    parcels: Sequence[Any]


def gather(api: ApiAccess, orders: Sequence[Any]) -> list[Gathered]:
    """Gather what belongs to some orders. Raises Rejected or Unavailable."""
    refunds = _refunds(api, [number for order in orders if (number := number_of(order))])
    return [_whole(api, order, refunds) for order in orders]


def number_of(row: Any) -> str | None:
    """Read the number of a thing, also of an odd one."""
    row = plain(row)
    number = row.get("id") if isinstance(row, dict) else None
    is_number = isinstance(number, int) and not isinstance(number, bool) and number > 0
    return str(number) if is_number else None


def shipping_address(order: Any) -> Any:
    """Find where the first parcel goes; None where nothing is shipped."""
    found = [place for one in _consignments(order) for place in _places(one.get("shipping"))]
    return found[0] if found else None


def _refunds(api: ApiAccess, numbers: list[str]) -> list[Any]:
    if not numbers:
        return []
    asked = {"order_id:in": ",".join(numbers)}
    return all_rows(api, "v3/orders/payment_actions/refunds", **asked)


def _whole(api: ApiAccess, order: Any, refunds: list[Any]) -> Gathered:
    number = number_of(order)
    if number is None or not isinstance(order, dict):
        return Gathered(order, (), (), (), ())
    mine = [one for one in refunds if isinstance(one, dict) and str(one.get("order_id")) == number]
    place = f"v2/orders/{number}"
    return Gathered(
        order=order,
        lines=_lines(api, order, place),
        refunds=mine,
        coupons=rows_of(get(api, f"{place}/coupons")) if _has_discount(order) else (),
        parcels=rows_of(get(api, f"{place}/shipments")) if _has_parcels(order) else (),
    )


def _lines(api: ApiAccess, order: dict[str, Any], place: str) -> list[Any]:
    """Take the lines that came along; what only points to its line is asked for."""
    lines = [line for one in _consignments(order) for line in _lines_of(one)]
    if lines and not any(isinstance(line, dict) and "resource" in line for line in lines):
        return lines
    return rows_of(get(api, f"{place}/products", limit=_MOST_LINES))


def _consignments(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Find the consignments: an object, in older stores a list of one."""
    said = order.get("consignments")
    return [one for one in (said if isinstance(said, list) else [said]) if isinstance(one, dict)]


def _lines_of(consignment: dict[str, Any]) -> list[Any]:
    mailed = consignment.get("email")
    certificates = mailed.get("gift_certificates") if isinstance(mailed, dict) else None
    kinds = (
        *(consignment.get(kind) for kind in ("shipping", "pickups", "downloads")),
        certificates,
    )
    found: list[Any] = []
    for place in (place for kind in kinds for place in _places(kind)):
        lines = place.get("line_items")
        found += lines if isinstance(lines, list) else [lines] if lines else []
    return found


def _places(kind: Any) -> list[dict[str, Any]]:
    return [one for one in kind if isinstance(one, dict)] if isinstance(kind, list) else []


def _has_discount(order: dict[str, Any]) -> bool:
    said = (order.get("coupon_discount"), order.get("discount_amount"))
    return any(str(amount or "0").strip("0.") for amount in said)


def _has_parcels(order: dict[str, Any]) -> bool:
    if order.get("order_is_digital") is True:
        return False
    shipped = str(order.get("items_shipped") or "0").strip("0.")
    return bool(shipped) or order.get("status_id") in _SHIPPED
