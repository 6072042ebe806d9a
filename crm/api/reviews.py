"""Reviews: what buyers wrote in the storefront."""

from typing import Any

from crm.api.schemas.lists import ReviewList
from crm.api.shapes.reviews import ReviewShape, review_json
from crm.api.wire.paging import page, read_id_cursor
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import chosen_stores
from crm.buyers.queries import ReviewFilter, list_reviews

reviews = Resource("reviews", "What buyers wrote in the storefront.")


@reviews.action(
    "GET /reviews", Action("reviews.read", query=ReviewList, gives=ReviewShape, many=True)
)
def list_(call: Call) -> dict[str, Any]:
    """List the reviews that still stand, newest first."""
    asked, limit = call.query, call.query["limit"]
    stores = chosen_stores(call.session, call.actor, asked["store"])
    wanted = ReviewFilter(asked["buyer"], asked["rating"])
    before = read_id_cursor(asked["cursor"])
    rows = list_reviews(call.session, list(stores), wanted, before, limit + 1)
    return page(rows, limit, lambda row: row.id, lambda row: review_json(stores[row.store_id], row))
