"""A storefront that posts the neutral webhook: its topic is in the body."""

from typing import Any

from tests.fakes.senders import Post, standard_post

CASES = {
    "cart-abandoned": "cart.abandoned",
    "cloudevent-order-paid": "com.example.shop.order.paid",
    "consent-changed": "consent.changed",
    "customer-deleted": "customer.deleted",
    "customer-redacted": "customer.redacted",
    "customer-updated": "customer.updated",
    "order-delivered": "order.delivered",
    "order-paid": "order.paid",
    "order-refunded": "order.refunded",
    "product-updated": "product.updated",
    "review-created": "review.created",
    "review-deleted": "review.deleted",
}


def post(secret: str, topic: str, body: bytes | Any) -> Post:
    """Sign a body under an id of its own."""
    return standard_post(secret, body)
