"""Reviews: what buyers wrote in the storefront."""

from typing import Any

from sqlalchemy import select

from crm.api.schemas.lists import ReviewList
from crm.api.shapes.reviews import ReviewShape, review_json
from crm.api.wire.paging import page, read_id_cursor
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import chosen_stores
from crm.buyers.models import Review

reviews = Resource("reviews", "What buyers wrote in the storefront.")


@reviews.action(
    "GET /reviews", Action("reviews.read", query=ReviewList, gives=ReviewShape, many=True)
)
def list_(call: Call) -> dict[str, Any]:
    """List the reviews that still stand, newest first."""
    asked, limit = call.query, call.query["limit"]
    stores = chosen_stores(call.session, call.actor, asked["store"])
    wanted = select(Review).where(Review.store_id.in_(stores), Review.deleted_at.is_(None))
    if asked["buyer"] is not None:
        wanted = wanted.where(Review.buyer_id == asked["buyer"])
    if asked["rating"] is not None:
        wanted = wanted.where(Review.rating == asked["rating"])
    before = read_id_cursor(asked["cursor"])
    if before is not None:
        wanted = wanted.where(Review.id < before)
    rows = call.session.scalars(wanted.order_by(Review.id.desc()).limit(limit + 1))
    return page(rows, limit, lambda row: row.id, lambda row: review_json(stores[row.store_id], row))
