"""A Medusa shop with our plugin in it: it posts the neutral webhook."""

from typing import Any

from tests.fakes.senders import Post, standard_post

CASES = {
    "customer-deleted": "customer.deleted",
    "customer-updated": "customer.updated",
    "order-cancelled": "order.cancelled",
    "order-delivered": "order.delivered",
    "order-paid": "order.paid",
    "order-refunded": "order.refunded",
}


def post(secret: str, topic: str, body: bytes | Any) -> Post:
    """Sign a body under an id of its own."""
    return standard_post(secret, body)
