"""BigCommerce, which signs as the reference library does; the scope is in the body."""

import base64
from typing import Any

from tests.fakes.senders import Post, standard_post

CASES = {
    "app-uninstalled": "store/app/uninstalled",
    "cart-abandoned": "store/cart/abandoned",
    "customer-address": "store/customer/address/created",
    "customer-deleted": "store/customer/deleted",
    "customer-updated": "store/customer/updated",
    "order-archived": "store/order/archived",
    "order-created": "store/order/created",
    "order-of-a-channel": "store/channel/3/order/updated",
    "order-refund": "store/order/refund/created",
    "order-status": "store/order/statusUpdated",
    "order-transaction": "store/order/transaction/created",
    "order-updated-twin": "store/order/updated",
    "order-without-id": "store/order/updated",
    "shipment-created": "store/shipment/created",
    "subscriber-deleted": "store/subscriber/deleted",
    "subscriber-updated": "store/subscriber/updated",
}


def post(secret: str, topic: str, body: bytes | Any) -> Post:
    """Sign a body; the library wants the client secret in base64."""
    return standard_post(base64.b64encode(secret.encode()).decode(), body)
