"""A WooCommerce shop on loopback that answers the way the real one does, faults included."""

import json
import re
import threading
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.fakes.senders import payload

KEY, SECRET = "ck_test", "cs_test"
Fault = Callable[["Shop", dict[str, Any]], None]


@dataclass
class Shop:
    """What it keeps by id, the requests it saw, and faults for the next creations.

    `between` are called one after each list, to change things between two pages. `plain` makes it a
    shop without TLS, `stubborn` one that leaves new webhooks off, `narrow` one whose page of
    more rows than that is larger than we read, `short_of_memory` one that breaks over it,
    `muddled` one that does not order by change. It breaks over whatever is `poison`, but for
    its id and times. A fault is called after a coupon was made and before it is answered; it
    may change the coupon, or raise `Break` to answer something else or nothing.
    """

    coupons: dict[int, dict[str, Any]] = field(default_factory=dict)
    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    customers: dict[int, dict[str, Any]] = field(default_factory=dict)
    reviews: dict[int, dict[str, Any]] = field(default_factory=dict)
    hooks: dict[int, dict[str, Any]] = field(default_factory=dict)
    between: deque[Callable[[], object]] = field(default_factory=deque)
    plain: bool = False
    stubborn: bool = False
    narrow: int | None = None
    short_of_memory: int | None = None
    muddled: bool = False
    poison: set[int] = field(default_factory=set)
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    refusals: deque[int] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """The shop's address, as `api_url` wants it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def codes(self) -> list[str]:
        """The codes that a buyer could use now."""
        return sorted(coupon["code"] for coupon in self.coupons.values())

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make a coupon: the code goes to lower case, `date_expires_gmt` is not looked at."""
        code = str(asked["code"]).lower()
        if code in self.codes:
            raise Break(400, {"code": "woocommerce_rest_coupon_code_already_exists"})
        number = max(self.coupons, default=100) + 1
        coupon = {
            "id": number,
            "code": code,
            "amount": f"{float(asked.get('amount', 0)):.2f}",
            "discount_type": asked.get("discount_type", "fixed_cart"),
            "date_expires": None,
            "date_expires_gmt": _in_utc(asked.get("date_expires")),
            "usage_limit": asked.get("usage_limit"),
            "usage_limit_per_user": asked.get("usage_limit_per_user"),
            "usage_count": 0,
            "minimum_amount": asked.get("minimum_amount", "0.00"),
            "email_restrictions": asked.get("email_restrictions", []),
        }
        self.coupons[number] = coupon
        if self.faults:
            self.faults.popleft()(self, coupon)
        return coupon

    def order(self, number: int, modified: str, **changes: Any) -> dict[str, Any]:
        """Keep an order that was last changed at a GMT time."""
        whole = payload("woocommerce/order-processing")
        whole |= {"id": number, "number": str(number), "date_modified_gmt": modified}
        self.orders[number] = whole | {"_links": {"self": [{"href": self.url}]}} | changes
        return self.orders[number]

    def customer(self, number: int, created: str, **changes: Any) -> dict[str, Any]:
        """Keep a customer who came at a GMT time and has not changed since."""
        whole = payload("woocommerce/customer-updated")
        whole |= {"id": number, "date_created_gmt": created, "date_modified_gmt": created}
        self.customers[number] = whole | {"email": f"c{number}@example.test"} | changes
        return self.customers[number]

    def review(self, number: int, created: str, **changes: Any) -> dict[str, Any]:
        """Keep a review that was posted at a GMT time."""
        self.reviews[number] = {
            "id": number,
            "date_created": _shift(created, _SITE),
            "date_created_gmt": created,
            "product_id": 93,
            "status": "approved",
            "reviewer": "Mei Lin",
            "reviewer_email": "mei.lin@example.test",
            "review": "Fine leaves.",
            "rating": 4,
            "verified": True,
            "_links": {"reviewer": [{"href": f"{self.url}/wp-json/wp/v2/users/25"}]},
        } | changes
        return self.reviews[number]

    def fail(self, number: int) -> None:
        """Let a delivery of a webhook fail; the seventh in a row switches it off."""
        hook = self.hooks[number]
        if hook["failure_count"] > 5:
            hook["status"] = "disabled"
        else:
            hook["failure_count"] += 1

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"shop": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Break(Exception):
    """Ends a request with another answer; status 0 hangs up without one."""

    def __init__(self, status: int, body: Any = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def fail_after_create(status: int) -> Fault:
    """Make the coupon, then answer with an error (0: hang up)."""

    def fault(shop: Shop, coupon: dict[str, Any]) -> None:
        raise Break(status, {"code": "internal_error"})

    return fault


def spoil(**changes: Any) -> Fault:
    """Make another coupon than was asked for."""
    return lambda shop, coupon: coupon.update(changes)


class _Handler(BaseHTTPRequestHandler):
    shop: Shop
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names http.server looks for

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.total: int | None = None
        try:
            with self.shop.lock:
                self.shop.requests.append((self.command, self.path))
                self._answer(*self._result(body))
        except Break as other:
            if other.status:
                self._answer(other.status, other.body)
            else:
                self.close_connection = True

    def _result(self, body: bytes) -> tuple[int, Any]:
        place = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(place.query).items()}
        if not self._may(asked):
            return 401, {"code": "woocommerce_rest_cannot_view"}
        if self.shop.refusals:
            return self.shop.refusals.popleft(), {"code": "busy"}
        route = asked.pop("rest_route", "") or place.path.removeprefix("/wp-json")
        found = re.fullmatch(
            r"/wc/v3/(coupons|orders|customers|products/reviews|webhooks)(/\d+)?", route
        )
        if found is None:
            return 404, {"code": "rest_no_route"}
        book = getattr(self.shop, _BOOKS[found[1]])
        if found[2]:
            return self._one(book, int(found[2][1:]), body)
        if self.command == "POST":
            return 201, self._new(found[1], json.loads(body))
        return 200, self._list(found[1], book, asked)

    def _new(self, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
        if kind == "coupons":
            return self.shop.create(asked)
        number = max(self.shop.hooks, default=0) + 1
        self.shop.hooks[number] = {"id": number, "failure_count": 0} | asked
        if self.shop.stubborn:
            self.shop.hooks[number]["status"] = "disabled"
        return shown(self.shop.hooks[number])

    def _one(self, book: dict[int, dict[str, Any]], number: int, body: bytes) -> tuple[int, Any]:
        if number not in book:
            return 404, {"code": "woocommerce_rest_invalid_id"}
        if self.command == "DELETE":
            return 200, book.pop(number)
        if self.command == "PUT":
            book[number] |= json.loads(body)
        return 200, shown(book[number])

    def _list(self, kind: str, book: dict[int, dict[str, Any]], asked: dict[str, str]) -> Any:
        rows = [row for row in book.values() if _wanted(kind, row, asked)]
        rows.sort(key=lambda row: _rank(row, asked), reverse=asked.get("order", "desc") == "desc")
        if self.shop.muddled and asked.get("orderby") == "modified":
            rows.sort(key=lambda row: int(row["id"]) * 7919 % 1009)
        size = int(asked.get("per_page", 10))
        if self.shop.narrow is not None and size > self.shop.narrow:
            return " " * (5 * 1024 * 1024)
        if self.shop.short_of_memory is not None and size > self.shop.short_of_memory:
            raise Break(500, {"code": "internal_server_error"})
        first = int(asked.get("offset", 0)) or (int(asked.get("page", 1)) - 1) * size
        fields = asked.get("_fields")
        if not fields and self.shop.poison & {int(row["id"]) for row in rows[first : first + size]}:
            raise Break(500, {"code": "internal_server_error"})
        self.total = len(rows)
        page = [shown(row) for row in deepcopy(rows[first : first + size])]
        if fields:
            page = [{name: row[name] for name in fields.split(",") if name in row} for row in page]
        if self.shop.between:
            self.shop.between.popleft()()
        return page

    def _may(self, asked: dict[str, str]) -> bool:
        if self.shop.plain:
            return False
        if asked.get("consumer_key") == KEY:
            return asked.get("consumer_secret") == SECRET
        given = (self.headers.get("Authorization") or "").removeprefix("Basic ")
        return b64decode(given).decode() == f"{KEY}:{SECRET}"

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.total is not None:
            self.send_header("X-WP-Total", str(self.total))
        if status in (429, 503):
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(content)


_SITE = timedelta(hours=8)
_BOOKS = {
    "coupons": "coupons",
    "orders": "orders",
    "customers": "customers",
    "products/reviews": "reviews",
    "webhooks": "hooks",
}


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the interface never shows."""
    return {name: value for name, value in row.items() if name not in ("secret", "failure_count")}


def _wanted(kind: str, row: dict[str, Any], asked: dict[str, str]) -> bool:
    if kind == "coupons":
        wanted = asked.get("code", "").lower()
        return not wanted or row["code"] == wanted
    if kind == "orders":
        gmt = asked.get("dates_are_gmt") == "true"
        modified = str(row["date_modified_gmt"]) if gmt else _shift(row["date_modified_gmt"], _SITE)
        after, before = asked.get("modified_after"), asked.get("modified_before")
        return (
            (row["status"] == "trash") == (asked.get("status") == "trash")
            and (after is None or modified > _compared(after))
            and (before is None or modified < _compared(before))
        )
    if kind == "products/reviews":
        away = row["status"] if row["status"] in ("spam", "trash") else "all"
        after = asked.get("after")
        return away == asked.get("status", "all") and (
            after is None or str(row["date_created"]) > _compared(after)
        )
    return True


def _rank(row: dict[str, Any], asked: dict[str, str]) -> Any:
    by_change = asked.get("orderby") == "modified"
    return (row["date_modified_gmt"], row["id"]) if by_change else row["id"]


def _compared(bound: str) -> str:
    """Write a bound as WordPress compares it: one with a zone becomes site time first."""
    moment = datetime.fromisoformat(bound)
    if moment.tzinfo is None:
        return bound
    return (moment.astimezone(UTC) + _SITE).replace(tzinfo=None).isoformat()


def _shift(moment: str, by: timedelta) -> str:
    return (datetime.fromisoformat(moment) + by).isoformat()


def _in_utc(given: str | None) -> str | None:
    """Read a time as WooCommerce does: with a zone it is right, without it is the site's (+08)."""
    if not given:
        return None
    moment = datetime.fromisoformat(given)
    if moment.tzinfo is None:
        moment = datetime.fromisoformat(f"{given}+08:00")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()
