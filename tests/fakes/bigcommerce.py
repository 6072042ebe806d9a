"""A BigCommerce store on loopback that answers as its documentation says, traps included."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tests.fakes.serving import Break, Reply, Request, Served

TOKEN = "bc-token"
HOME = "/stores/tea1house"
_NONE = Reply(204)


class Store(Served):
    """Orders, customers and the rest by id.

    `legacy`: consignments come as a list of one. `bare`: lines come as links only. `quota`: calls
    that are left before it answers 429. `raced`: somebody makes each code a moment before us.
    `filters` False: it passes over the filter of its webhooks. `hides_archived`: an archived order
    is shown in the list of those only.
    """

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[int, dict[str, Any]] = {}
        self.lines: dict[int, list[dict[str, Any]]] = {}
        self.coupons: dict[int, list[dict[str, Any]]] = {}
        self.shipments: dict[int, list[dict[str, Any]]] = {}
        self.refunds: list[dict[str, Any]] = []
        self.customers: dict[int, dict[str, Any]] = {}
        self.subscribers: dict[int, dict[str, Any]] = {}
        self.hooks: dict[int, dict[str, Any]] = {}
        self.promotions: dict[int, dict[str, Any]] = {}
        self.codes: dict[int, list[dict[str, Any]]] = {}
        self.legacy = self.bare = self.raced = False
        self.filters = True
        self.hides_archived = False
        self.quota: int | None = None

    @property
    def api_url(self) -> str:
        """The store's interface, as `api_url` wants it."""
        return self.url + HOME

    def calls(self) -> list[str]:
        """List what was asked, without the store's own beginning."""
        return [f"{one.method} {one.path.removeprefix(HOME)}" for one in self.requests]

    def add_code(self, promotion: int, asked: dict[str, Any]) -> dict[str, Any]:
        """Keep a code of a promotion."""
        number = 900 + sum(len(codes) for codes in self.codes.values())
        code = {"id": number, "current_uses": 0, "max_uses": 0, "max_uses_per_customer": 0, **asked}
        self.codes.setdefault(promotion, []).append(code)
        return code

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        if request.headers.get("x-auth-token") != TOKEN:
            raise Break(401, {"status": 401, "title": "X-Auth-Token header is required"})
        self._count()
        for pattern, handle in _ROUTES:
            found = re.fullmatch(f"{HOME}/{pattern}", request.path)
            if found:
                return handle(self, request, *(int(number) for number in found.groups()))
        raise Break(404, {"status": 404, "title": "No route"})

    def _count(self) -> None:
        if self.quota is None:
            return
        if self.quota == 0:
            raise Break(429, {"status": 429}, X_Rate_Limit_Time_Reset_Ms="14500")
        self.quota -= 1

    def order_list(self, request: Request) -> Reply:
        """List orders; archived ones are left out, and nothing at all is 204."""
        archived = request.query.get("is_deleted") == "true"
        found = [
            one for one in self._changed_orders(request) if bool(one.get("is_deleted")) is archived
        ]
        page = _page(found, request, 50)
        return Reply(200, [self._order(one, request) for one in page]) if page else _NONE

    def order_count(self, request: Request) -> Reply:
        """Count orders."""
        return Reply(200, {"count": len(self._changed_orders(request))})

    def order_one(self, request: Request, number: int) -> Reply:
        """Show an order, an archived one too."""
        order = self.orders.get(number)
        if order is None or (self.hides_archived and order.get("is_deleted")):
            said = "The requested resource was not found."
            raise Break(404, [{"status": 404, "message": said}])
        return Reply(200, self._order(order, request))

    def order_part(self, request: Request, number: int) -> Reply:
        """Show the products, coupons or shipments of an order."""
        part = request.path.rpartition("/")[2]
        kept = {"products": self.lines, "coupons": self.coupons, "shipments": self.shipments}[part]
        found = kept.get(number)
        return Reply(200, found) if found else _NONE

    def refund_list(self, request: Request) -> Reply:
        """List refunds of some orders."""
        wanted = request.query["order_id:in"].split(",")
        return _listed([one for one in self.refunds if str(one["order_id"]) in wanted], request)

    def customer_list(self, request: Request) -> Reply:
        """List customers."""
        found = list(self.customers.values())
        if "id:in" in request.query:
            wanted = request.query["id:in"].split(",")
            found = [one for one in found if str(one["id"]) in wanted]
        found = _since(found, request)
        if request.query.get("sort") == "date_modified:asc":
            found.sort(key=lambda one: _moment(one["date_modified"]))
        parts = request.query.get("include", "").split(",")
        hidden = {"addresses": "addresses", "formfields": "form_fields"}
        left_out = {name for part, name in hidden.items() if part not in parts}
        return _listed(
            [{key: value for key, value in one.items() if key not in left_out} for one in found],
            request,
        )

    def subscriber_list(self, request: Request) -> Reply:
        """List subscribers by number."""
        return _listed(_since(list(self.subscribers.values()), request), request)

    def subscriber_one(self, request: Request, number: int) -> Reply:
        """Show a subscriber."""
        if number not in self.subscribers:
            raise Break(404, {"status": 404, "title": "Not found"})
        return Reply(200, {"data": self.subscribers[number], "meta": {}})

    def hook_place(self, request: Request, number: int = 0) -> Reply:
        """List, make and change webhooks; their address must be on port 443."""
        if request.method == "GET":
            wanted = request.query.get("destination") if self.filters else None
            found = [one for one in self.hooks.values() if wanted in (None, one["destination"])]
            return _listed(found, request)
        if re.search(r":\d+/|^http:", request.body["destination"]):
            said = "Destination must be served on port 443"
            raise Break(422, {"status": 422, "title": said, "errors": {}})
        number = number or 20_000 + len(self.hooks)
        self.hooks[number] = {**self.hooks.get(number, {"id": number}), **request.body}
        return Reply(200, {"data": self.hooks[number], "meta": {}})

    def promotion_place(self, request: Request) -> Reply:
        """List and make promotions."""
        if request.method == "POST":
            number = 100 + len(self.promotions)
            made = {"id": number, "current_uses": 0, "max_uses": None, **request.body}
            self.promotions[number] = made
            return Reply(201, {"data": made, "meta": {}})
        query = request.query
        found = [
            one
            for one in self.promotions.values()
            if query.get("name") in (None, one["name"])
            and ("code" not in query or self._has(one["id"], query["code"]))
        ]
        return _listed(found, request)

    def promotion_one(self, request: Request, number: int) -> Reply:
        """Show or delete a promotion."""
        if request.method == "DELETE":
            if self.codes.get(number):
                raise Break(422, {"status": 422, "title": "Promotion has codes"})
            self.promotions.pop(number, None)
            return _NONE
        if number not in self.promotions:
            raise Break(404, {"status": 404, "title": "Not found"})
        return Reply(200, {"data": self.promotions[number], "meta": {}})

    def code_place(self, request: Request, number: int) -> Reply:
        """List the codes of a promotion, or make one: a code is unique in the whole store."""
        if request.method == "GET":
            wanted = request.query.get("code")
            mine = self.codes.get(number, [])
            return _listed([one for one in mine if wanted in (None, one["code"])], request)
        asked = request.body
        if self.raced:
            other = {**self.promotions[number], "id": 77, "name": "somebody else's"}
            self.promotions[77] = other
            self.add_code(77, asked)
        if any(self._has(promotion, asked["code"]) for promotion in self.codes):
            said = "The coupon code already exists."
            raise Break(422, {"errors": [{"status": 422, "title": said}]})
        return Reply(201, {"data": self.add_code(number, asked), "meta": {}})

    def code_one(self, request: Request, promotion: int, number: int) -> Reply:
        """Delete a code; one that is gone is gone."""
        mine = self.codes.get(promotion, [])
        self.codes[promotion] = [one for one in mine if one["id"] != number]
        return _NONE

    def _has(self, promotion: int, code: str) -> bool:
        return any(one["code"] == code for one in self.codes.get(promotion, []))

    def _changed_orders(self, request: Request) -> list[dict[str, Any]]:
        query = request.query
        since, first = query.get("min_date_modified"), int(query.get("min_id", "0"))
        last = int(query.get("max_id", str(2**31)))
        within = [one for one in self.orders.values() if first <= one["id"] <= last]
        found = [
            one
            for one in within
            if since is None or _moment(one["date_modified"]) >= _moment(since)
        ]
        if request.query.get("sort") == "date_modified:asc":
            return sorted(found, key=lambda one: (_moment(one["date_modified"]), one["id"]))
        return sorted(found, key=lambda one: one["id"])

    def _order(self, order: dict[str, Any], request: Request) -> dict[str, Any]:
        if "consignments.line_items" not in request.query.get("include", ""):
            return order
        lines: Any = self.lines.get(order["id"], [])
        if self.bare:
            place = f"/orders/{order['id']}/products/"
            lines = [{"url": self.api_url + place, "resource": place} for _ in lines]
        address = order.get("ships_to") or {}
        shipping = [{"id": 1, **address, "line_items": lines}] if lines else []
        consignments = {
            "pickups": [],
            "shipping": shipping,
            "downloads": [],
            "email": {"gift_certificates": []},
        }
        return {**order, "consignments": [consignments] if self.legacy else consignments}


Handler = Callable[..., Reply]
_ROUTES: tuple[tuple[str, Handler], ...] = (
    (r"v2/orders", Store.order_list),
    (r"v2/orders/count", Store.order_count),
    (r"v2/orders/(\d+)", Store.order_one),
    (r"v2/orders/(\d+)/(?:products|coupons|shipments)", Store.order_part),
    (r"v3/orders/payment_actions/refunds", Store.refund_list),
    (r"v3/customers", Store.customer_list),
    (r"v3/customers/subscribers", Store.subscriber_list),
    (r"v3/customers/subscribers/(\d+)", Store.subscriber_one),
    (r"v3/hooks", Store.hook_place),
    (r"v3/hooks/(\d+)", Store.hook_place),
    (r"v3/promotions", Store.promotion_place),
    (r"v3/promotions/(\d+)", Store.promotion_one),
    (r"v3/promotions/(\d+)/codes", Store.code_place),
    (r"v3/promotions/(\d+)/codes/(\d+)", Store.code_one),
)


def _page(found: list[Any], request: Request, size: int) -> list[Any]:
    size = min(int(request.query.get("limit", size)), 250)
    page = int(request.query.get("page", "1"))
    return found[(page - 1) * size : page * size]


def _listed(found: list[Any], request: Request) -> Reply:
    size = min(int(request.query.get("limit", 50)), 250)
    pages = -(-len(found) // size)
    meta = {"pagination": {"total": len(found), "per_page": size, "total_pages": pages}}
    return Reply(200, {"data": _page(found, request, 50), "meta": meta})


def _since(found: list[Any], request: Request) -> list[Any]:
    """Keep what changed after a time: the documentation says after, not at or after."""
    since = request.query.get("date_modified:min")
    return [one for one in found if not since or _moment(one["date_modified"]) > _moment(since)]


def _moment(text: str) -> datetime:
    if "," in text:
        return parsedate_to_datetime(text).astimezone(UTC)
    return datetime.fromisoformat(text).astimezone(UTC)
