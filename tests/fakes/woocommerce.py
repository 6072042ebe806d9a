"""A WooCommerce shop on loopback that keeps coupons the way the real one does, faults included."""

import json
import re
import threading
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

KEY, SECRET = "ck_test", "cs_test"
Fault = Callable[["Shop", dict[str, Any]], None]


@dataclass
class Shop:
    """Coupons by id, the requests it saw, and faults for the next creations.

    A fault is called after a coupon was made and before it is answered; it may change the coupon,
    or raise `Break` to answer something else or nothing.
    """

    coupons: dict[int, dict[str, Any]] = field(default_factory=dict)
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

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_DELETE = do_GET  # noqa: N815 - the names http.server looks for

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
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
        found = re.fullmatch(r"/wp-json/wc/v3/coupons(?:/(\d+))?", place.path)
        if found is None:
            return 404, {"code": "rest_no_route"}
        if found[1]:
            return self._one(int(found[1]))
        if self.command == "POST":
            return 201, self.shop.create(json.loads(body))
        wanted = asked.get("code", "").lower()
        every = self.shop.coupons.values()
        return 200, [coupon for coupon in every if not wanted or coupon["code"] == wanted]

    def _one(self, number: int) -> tuple[int, Any]:
        if number not in self.shop.coupons:
            return 404, {"code": "woocommerce_rest_shop_coupon_invalid_id"}
        if self.command == "DELETE":
            return 200, self.shop.coupons.pop(number)
        return 200, self.shop.coupons[number]

    def _may(self, asked: dict[str, str]) -> bool:
        if asked.get("consumer_key") == KEY:
            return asked.get("consumer_secret") == SECRET
        given = (self.headers.get("Authorization") or "").removeprefix("Basic ")
        return b64decode(given).decode() == f"{KEY}:{SECRET}"

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status in (429, 503):
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(content)


def _in_utc(given: str | None) -> str | None:
    """Read a time as WooCommerce does: with a zone it is right, without it is the site's (+08)."""
    if not given:
        return None
    moment = datetime.fromisoformat(given)
    if moment.tzinfo is None:
        moment = datetime.fromisoformat(f"{given}+08:00")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()
