"""Coupons: every code, what became of it, and what it cost."""

from typing import Any

from crm.api.schemas.lists import CouponList
from crm.api.shapes.coupons import CouponShape, coupon_json
from crm.api.wire.paging import page, read_id_cursor
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import chosen_stores
from crm.coupons.models import Coupon
from crm.coupons.queries import CouponFilter, list_coupons, redemptions

coupons = Resource("coupons", "Codes as a ledger: issued = live + redeemed + expired + void.")


@coupons.action(
    "GET /coupons", Action("coupons.read", query=CouponList, gives=CouponShape, many=True)
)
def list_(call: Call) -> dict[str, Any]:
    """List coupons, newest first."""
    asked = call.query
    stores = chosen_stores(call.session, call.actor, asked["store"])
    wanted = CouponFilter(asked["campaign"], asked["buyer"], asked["state"], asked["alarm"])
    before, limit = read_id_cursor(asked["cursor"]), asked["limit"]
    rows = list_coupons(call.session, list(stores), wanted, before, limit + 1)
    used = redemptions(call.session, rows)

    def shape(row: Coupon) -> CouponShape:
        return coupon_json(stores[row.store_id], row, used.get(row.id, []))

    return page(rows, limit, lambda row: row.id, shape)
