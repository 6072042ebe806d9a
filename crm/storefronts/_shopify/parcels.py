"""Reads how far an order was sent, out of its status and its fulfillments."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from crm.events import Tracking

ARRIVED = {"delivered", "picked_up"}
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sent:
    """How much of an order went out or arrived, and when all of it had."""

    status: Literal["unfulfilled", "partial", "fulfilled", "delivered"]
    fulfilled_at: datetime | None = None
    delivered_at: datetime | None = None


def fulfillment_of(order: dict[str, Any], seen_at: datetime) -> Sent:
    """Read how far an order was sent; it is delivered when every parcel of it has arrived.

    A webhook dates a delivery only by the fulfillment's last change, so nothing else is used.
    """
    if order["fulfillment_status"] == "partial":
        return Sent("partial")
    if order["fulfillment_status"] != "fulfilled":
        return Sent("unfulfilled")
    live = _live(order)
    fulfilled_at = max((part["created_at"] or seen_at for part in live), default=seen_at)
    # What is not shipped, such as a gift card, never arrives and is not waited for.
    parcels = [part for part in live if part["shipment_status"] or part["tracking_number"]]
    if parcels and all(part["shipment_status"] in ARRIVED for part in parcels):
        delivered_at = max(part["updated_at"] or seen_at for part in parcels)
        return Sent("delivered", fulfilled_at, delivered_at)
    return Sent("fulfilled", fulfilled_at)


def tracking_of(order: dict[str, Any]) -> Tracking | None:
    """Read where the newest parcel can be looked up."""
    tracked = [part for part in _live(order) if part["tracking_number"] or part["tracking_url"]]
    if not tracked:
        return None
    newest = tracked[-1]
    return Tracking(newest["tracking_company"], newest["tracking_number"], newest["tracking_url"])


def _live(order: dict[str, Any]) -> list[dict[str, Any]]:
    """List the fulfillments that were not cancelled and did not fail, oldest first."""
    live = [part for part in order["fulfillments"] if part["status"] == "success"]
    return sorted(live, key=lambda part: (part["created_at"] or _LONG_AGO, part["id"] or ""))
