"""A WooCommerce shop that posts; an error comes under the topic of the order it replaces."""

from tests.fakes.senders import woo_post as post

__all__ = ["CASES", "post"]

CASES = {
    "customer-updated": "customer.updated",
    "error-instead": "order.updated",
    "order-completed": "order.updated",
    "order-consented": "order.created",
    "order-deleted": "order.deleted",
    "order-processing": "order.created",
    "order-refunded-partly": "order.updated",
    "review-deleted": "review.deleted",
    "review-held-back": "review.updated",
    "review-posted": "action.regulars_review",
}
