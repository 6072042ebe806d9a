"""How reviews are written."""

from typing import TypedDict

from crm.api.shapes.values import instant, ref
from crm.buyers.models import Review
from crm.stores.models import Store


class ReviewShape(TypedDict):
    """A review as it reads now; `order_id` as the storefront counts."""

    id: str
    store: str
    external_id: str
    buyer: str | None
    product_id: str | None
    order_id: str | None
    rating: int
    title: str
    body: str
    verified: bool
    url: str | None
    created_at: str


def review_json(store: Store, review: Review) -> ReviewShape:
    """Write a review."""
    return ReviewShape(
        id=str(review.id),
        store=store.slug,
        external_id=review.external_id,
        buyer=ref(review.buyer_id),
        product_id=review.product_id,
        order_id=review.order_external_id,
        rating=review.rating,
        title=review.title,
        body=review.body,
        verified=review.verified,
        url=review.url,
        created_at=instant(review.posted_at),
    )
