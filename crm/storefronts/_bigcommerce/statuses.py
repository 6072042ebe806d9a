"""What BigCommerce's one status number says of an order: its state, its money, its goods."""

from typing import Any

# The numbers of /v2/order_statuses; a shop may rename them, but not number them anew.
INCOMPLETE, PENDING, SHIPPED, PARTLY_SHIPPED, REFUNDED, CANCELLED, DECLINED = range(7)
AWAITING_PAYMENT, AWAITING_PICKUP, AWAITING_SHIPMENT, COMPLETED, AWAITING_FULFILLMENT = range(7, 12)
TO_BE_VERIFIED, DISPUTED, PARTLY_REFUNDED = range(12, 15)

_PAID = {
    SHIPPED,
    PARTLY_SHIPPED,
    REFUNDED,
    AWAITING_PICKUP,
    AWAITING_SHIPMENT,
    COMPLETED,
    AWAITING_FULFILLMENT,
    DISPUTED,
    PARTLY_REFUNDED,
}
# How far a status is on its way: of two pictures of one second the later one counts.
_PROGRESS = {
    AWAITING_PAYMENT: 1,
    TO_BE_VERIFIED: 1,
    AWAITING_FULFILLMENT: 2,
    AWAITING_SHIPMENT: 3,
    AWAITING_PICKUP: 3,
    PARTLY_SHIPPED: 4,
    SHIPPED: 5,
    COMPLETED: 6,
    DISPUTED: 6,
    PARTLY_REFUNDED: 7,
    DECLINED: 8,
    CANCELLED: 8,
    REFUNDED: 9,
}
GONE = 10
_MONEY_CAME, _MONEY_DID_NOT = {"captured", "paid"}, {"void", "declined"}


def status_of(status_id: int) -> Any:
    """Say whether an order goes on, is done or was called off."""
    if status_id in (CANCELLED, DECLINED):
        return "cancelled"
    return "closed" if status_id in (REFUNDED, COMPLETED) else "open"


def progress_of(status_id: int) -> int:
    """Say how far a status is on its way; a new one of BigCommerce's is at the beginning."""
    return _PROGRESS.get(status_id, 0)


def is_paid(told: dict[str, Any]) -> bool:
    """Tell whether money came: where the gateway says so it knows best."""
    said = (told["payment_status"] or "").lower()
    if said in _MONEY_CAME or "refunded" in said:
        return True
    return told["status_id"] in _PAID and said not in _MONEY_DID_NOT


def payment_of(told: dict[str, Any], paid: bool, refunded: int, total: int) -> Any:
    """Say what became of the money."""
    if told["status_id"] == REFUNDED or (refunded and refunded >= total):
        return "refunded"
    if refunded:
        return "partially_refunded"
    return "paid" if paid else "unpaid"


def fulfillment_of(told: dict[str, Any]) -> Any:
    """Say how far the goods are; `Completed` is a confirmed receipt in BigCommerce's own words."""
    if told["status_id"] == COMPLETED:
        return "delivered"
    items, shipped = told["items_total"] or 0, told["items_shipped"] or 0
    if told["status_id"] == SHIPPED or 0 < items <= shipped:
        return "fulfilled"
    return "partial" if told["status_id"] == PARTLY_SHIPPED or shipped else "unfulfilled"
