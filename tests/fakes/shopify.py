"""A Shopify shop on loopback: its Admin GraphQL interface as the documentation describes it.

Orders and customers are kept as webhooks write them, so a test can post and list the same thing.
"""

import base64
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.serving import Break, Reply, Request, Served
from tests.fakes.shopify_nodes import customer_node, line_connection, order_node

TOKEN = "shpat_test"
CLIENT, CLIENT_SECRET = "client-id", "shpss_test"
SCOPES = ["read_orders", "read_all_orders", "read_customers", "read_products", "write_discounts"]
Json = dict[str, Any]


@dataclass
class Book:
    """What the shop keeps, and what it is told to do wrong."""

    orders: dict[str, Json] = field(default_factory=dict)
    customers: dict[str, Json] = field(default_factory=dict)
    discounts: dict[str, Json] = field(default_factory=dict)
    hooks: list[Json] = field(default_factory=list)
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    faults: deque[Json] = field(default_factory=deque)
    most_cost: int = 10**9
    hidden: bool = False
    dead_cursors: bool = False
    refused_topics: set[str] = field(default_factory=set)
    refused_metafields: bool = False
    today: datetime = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)


class Shop(Served):
    """The shop; `book` is open to tests."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.traded = 0

    def put_order(self, body: Json) -> None:
        """Keep an order as its webhook has it."""
        self.book.orders[str(body["id"])] = body

    def put_customer(self, body: Json) -> None:
        """Keep a customer as her webhook has her."""
        self.book.customers[str(body["id"])] = body

    @property
    def operations(self) -> list[str]:
        """Name the questions that were asked, in their order."""
        return [str(one.body["operationName"]) for one in self.asked("POST", "/admin/api/")]

    def answer(self, request: Request) -> Reply:
        if request.path == "/admin/oauth/access_token":
            return self._trade(request.body)
        if not re.fullmatch(r"/admin/api/(2026-\d\d)/graphql\.json", request.path):
            return Reply(404, {"errors": "Not Found"})
        if request.headers.get("x-shopify-access-token") not in self.book.tokens:
            return Reply(401, {"errors": "[API] Invalid API key or access token"})
        if self.book.faults:
            return Reply(200, self.book.faults.popleft())
        name, asked = request.body["operationName"], request.body["variables"]
        assert f"{name}(" in request.body["query"]
        answered = _OPERATIONS[name](self.book, {**asked, "_text": request.body["query"]})
        return Reply(
            200, answered if "data" in answered or "errors" in answered else {"data": answered}
        )

    def _trade(self, asked: Json) -> Reply:
        if (asked["client_id"], asked["client_secret"]) != (CLIENT, CLIENT_SECRET):
            return Reply(400, {"error": "invalid_client"})
        assert asked["grant_type"] == "client_credentials"
        self.traded += 1
        token = f"shpat_day_{self.traded}"
        self.book.tokens = {token}
        return Reply(200, {"access_token": token, "scope": "", "expires_in": 86399})


def throttled(wanted: int, left: int, rate: int) -> Json:
    """Answer as the interface does when the bucket of points is empty: with HTTP 200."""
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": left, "restoreRate": float(rate)}
    cost = {"requestedQueryCost": wanted, "actualQueryCost": None, "throttleStatus": status}
    return {**fault("THROTTLED", "Throttled"), "extensions": {"cost": cost}}


def fault(code: str, message: str) -> Json:
    """Answer with an error and nothing else."""
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def _orders(book: Book, asked: Json) -> Json:
    cost = asked["first"] * (asked["lines"] + 4 * asked["parts"])
    page = _page(book, list(_shown(book).values()), asked, cost)
    if "errors" in page:
        return page
    nodes = [order_node(body, asked["lines"], asked["parts"]) for body in page.pop("bodies")]
    if book.hidden:
        nodes = [{**node, "email": None, "phone": None, "customer": None} for node in nodes]
    found = {"orders": {"nodes": nodes, **page}}
    if asked["opening"]:
        found |= {"ordersCount": {"count": len(_matching(_shown(book).values(), asked))}}
        found |= _installed(book)
    return _maybe_hidden(book, found)


def _customers(book: Book, asked: Json) -> Json:
    page = _page(book, list(book.customers.values()), asked, asked["first"])
    if "errors" in page:
        return page
    nodes = [customer_node(body, asked["keys"]) for body in page.pop("bodies")]
    if book.hidden:
        names = ("firstName", "lastName", "defaultEmailAddress", "defaultPhoneNumber")
        nodes = [{**node, **dict.fromkeys(names)} for node in nodes]
    found = {"customers": {"nodes": nodes, **page}}
    if asked["opening"]:
        found |= {"customersCount": {"count": len(_matching(book.customers.values(), asked))}}
    return found


def _page(book: Book, bodies: list[Json], asked: Json, cost: int) -> Json:
    """Cut a page the way Shopify does: its cursor names the last thing's time and id."""
    if cost > book.most_cost:
        return fault("MAX_COST_EXCEEDED", f"Query cost is {cost}, which exceeds the maximum")
    found = sorted(_matching(bodies, asked), key=_key)
    if asked["after"]:
        if book.dead_cursors:
            return fault("BAD_REQUEST", "Invalid cursor for current pagination sort.")
        last = tuple(json.loads(base64.b64decode(asked["after"])))
        found = [body for body in found if _key(body) > last]
    page = found[: asked["first"]]
    cursor = base64.b64encode(json.dumps(_key(page[-1])).encode()).decode() if page else None
    info = {"hasNextPage": len(found) > len(page), "endCursor": cursor}
    return {"bodies": page, "pageInfo": info}


def _matching(bodies: Any, asked: Json) -> list[Json]:
    if asked["query"] is None:
        return list(bodies)
    (since,) = re.fullmatch(r"updated_at:>='([^']+)'", asked["query"]).groups()  # type: ignore[union-attr]
    return [body for body in bodies if _at(body["updated_at"]) >= _at(since)]


def _key(body: Json) -> tuple[str, int]:
    return (_at(body["updated_at"]).isoformat(), int(body["id"]))


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _shown(book: Book) -> dict[str, Json]:
    """Show all orders, or those of the last 60 days to an app that may not read all."""
    if "read_all_orders" in book.scopes:
        return book.orders
    since = book.today - timedelta(days=60)
    return {name: one for name, one in book.orders.items() if _at(one["created_at"]) >= since}


def _installed(book: Book) -> Json:
    return {"currentAppInstallation": {"accessScopes": [{"handle": one} for one in book.scopes]}}


def _maybe_hidden(book: Book, found: Json) -> Json:
    if not book.hidden:
        return found
    message = "Access denied for email field."
    return {"data": found, **fault("ACCESS_DENIED", message)}


def _order(book: Book, asked: Json) -> Json:
    body = _shown(book).get(_number(asked["id"]))
    node = order_node(body, asked["lines"], asked["parts"]) if body else None
    return {**_installed(book), "order": node}


def _order_lines(book: Book, asked: Json) -> Json:
    body = book.orders[_number(asked["id"])]
    return {"order": {"lineItems": line_connection(body, asked["lines"], asked["after"])}}


def _customer(book: Book, asked: Json) -> Json:
    body = book.customers.get(_number(asked["id"]))
    return {**_installed(book), "customer": customer_node(body, asked["keys"]) if body else None}


def _customer_by_email(book: Book, asked: Json) -> Json:
    same = [one for one in book.customers.values() if one["email"] == asked["email"]]
    found = {"id": f"gid://shopify/Customer/{same[0]['id']}"} if same else None
    return {"customerByIdentifier": found}


def _create_discount(book: Book, asked: Json) -> Json:
    if asked["code"].lower() in book.discounts:
        error = {
            "code": "TAKEN",
            "field": ["basicCodeDiscount", "code"],
            "message": "must be unique",
        }
        return {"discountCodeBasicCreate": {"codeDiscountNode": None, "userErrors": [error]}}
    if asked["endsAt"] < asked["startsAt"]:
        error = {"code": "END_DATE_BEFORE_START_DATE", "field": None, "message": "Ends too early"}
        return {"discountCodeBasicCreate": {"codeDiscountNode": None, "userErrors": [error]}}
    percentage = re.search(r"\{ percentage: ([0-9.]+) \}", asked["_text"])
    amount = re.search(r'amount: "([0-9.]+)", appliesOnEachItem: false', asked["_text"])
    kept = {
        name: asked[name] for name in ("code", "endsAt", "usageLimit", "once", "context", "minimum")
    }
    kept |= {"id": f"gid://shopify/DiscountCodeNode/{1000 + len(book.discounts)}"}
    kept |= {"fraction": float(percentage[1]) if percentage else None}
    kept |= {"amount": amount[1] if amount else None, "kind": "DiscountCodeBasic"}
    book.discounts[asked["code"].lower()] = kept
    return {"discountCodeBasicCreate": {"codeDiscountNode": {"id": kept["id"]}, "userErrors": []}}


def _discount_by_code(book: Book, asked: Json) -> Json:
    kept = book.discounts.get(asked["code"].lower())
    return {"codeDiscountNodeByCode": _discount_node(kept) if kept else None}


def _discount_node(kept: Json) -> Json:
    if kept["amount"] is None:
        value = {"__typename": "DiscountPercentage", "percentage": kept["fraction"]}
    else:
        money = {"amount": kept["amount"], "currencyCode": kept.get("currency", "EUR")}
        value = {"__typename": "DiscountAmount", "amount": money, "appliesOnEachItem": False}
    codes = [{"code": kept["code"]}, *kept.get("more", [])]
    discount = {
        "__typename": kept["kind"],
        "endsAt": kept["endsAt"],
        "usageLimit": kept["usageLimit"],
        "codes": {"nodes": codes},
        "customerGets": {"value": value},
    }
    return {"id": kept["id"], "codeDiscount": discount}


def _delete_discount(book: Book, asked: Json) -> Json:
    same = [code for code, kept in book.discounts.items() if kept["id"] == asked["id"]]
    if not same:
        error = {"code": "INVALID", "message": "Code discount does not exist."}
        return {"discountCodeDelete": {"deletedCodeDiscountId": None, "userErrors": [error]}}
    if book.discounts[same[0]].get("locked"):
        error = {"code": "INTERNAL_ERROR", "message": "Not now."}
        return {"discountCodeDelete": {"deletedCodeDiscountId": None, "userErrors": [error]}}
    del book.discounts[same[0]]
    return {"discountCodeDelete": {"deletedCodeDiscountId": asked["id"], "userErrors": []}}


def _discount_by_id(book: Book, asked: Json) -> Json:
    there = any(kept["id"] == asked["id"] for kept in book.discounts.values())
    return {"node": {"id": asked["id"]} if there else None}


def _hooks(book: Book, asked: Json) -> Json:
    start = int(asked["after"] or 0)
    page = book.hooks[start : start + 5]  # the real one gives as many as are asked for
    info = {"hasNextPage": start + 5 < len(book.hooks), "endCursor": str(start + 5)}
    return {"webhookSubscriptions": {"nodes": page, "pageInfo": info}}


def _create_hook(book: Book, asked: Json) -> Json:
    topic, hook = asked["topic"], asked["hook"]
    if topic in book.refused_topics:
        message = "Access denied for webhookSubscriptionCreate field. Required: read_fulfillments"
        return {"data": {"webhookSubscriptionCreate": None}, **fault("ACCESS_DENIED", message)}
    if book.refused_metafields and hook.get("metafields"):
        error = {"message": "Metafields namespace is reserved"}
        return {"webhookSubscriptionCreate": {"webhookSubscription": None, "userErrors": [error]}}
    if any((one["topic"], one["uri"]) == (topic, hook["uri"]) for one in book.hooks):
        error = {"message": "Address for this topic has already been taken"}
        return {"webhookSubscriptionCreate": {"webhookSubscription": None, "userErrors": [error]}}
    name = f"gid://shopify/WebhookSubscription/{len(book.hooks) + 1}"
    kept = {"id": name, "topic": topic, "uri": hook["uri"], "metafields": hook.get("metafields")}
    book.hooks.append(kept)
    return {"webhookSubscriptionCreate": {"webhookSubscription": kept, "userErrors": []}}


def _number(gid: str) -> str:
    return gid.rpartition("/")[2]


_OPERATIONS: dict[str, Callable[[Book, Json], Json]] = {
    "Orders": _orders,
    "Customers": _customers,
    "Order": _order,
    "OrderLines": _order_lines,
    "Customer": _customer,
    "CustomerByEmail": _customer_by_email,
    "CreateDiscount": _create_discount,
    "DiscountByCode": _discount_by_code,
    "DiscountById": _discount_by_id,
    "DeleteDiscount": _delete_discount,
    "Hooks": _hooks,
    "CreateHook": _create_hook,
}

__all__ = ["CLIENT", "CLIENT_SECRET", "TOKEN", "Book", "Break", "Shop", "fault", "throttled"]
