"""A Vendure server on loopback whose Admin API answers as release 3.7 does, traps included."""

import json
import re
import threading
from collections import deque
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

USER, PASSWORD, KEY = "seller", "open sesame", "key-1"
_FORBIDDEN = {
    "errors": [
        {
            "message": "You are not currently authorized to perform this action",
            "extensions": {"code": "FORBIDDEN"},
        }
    ],
    "data": None,
}


@dataclass
class Shop:
    """Orders, customers and promotions by id; what was asked; how the next asks are answered."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    promotions: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: deque[tuple[int, Any]] = field(default_factory=deque)
    after_create: deque[Callable[[dict[str, Any]], None]] = field(default_factory=deque)
    tokens: set[str] = field(default_factory=set)
    bearer: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """The server's address, as `api_url` wants it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def log_in(self, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Sign in; a server that knows cookies only gives no token."""
        if (given["user"], given["password"]) != (USER, PASSWORD):
            refusal = {
                "__typename": "InvalidCredentialsError",
                "errorCode": "INVALID_CREDENTIALS_ERROR",
            }
            return {"login": refusal}, {}
        token = f"token-{len(self.tokens) + 1}"
        self.tokens.add(token)
        headers = {"vendure-auth-token": token} if self.bearer else {"Set-Cookie": "session=1"}
        return {"login": {"__typename": "CurrentUser"}}, headers

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make a promotion, be there one with the same code or not; times keep milliseconds."""
        if not asked.get("couponCode") and not asked["conditions"]:
            return {"__typename": "MissingConditionsError", "errorCode": "MISSING_CONDITIONS_ERROR"}
        number = str(len(self.promotions) + 1)
        ends = datetime.fromisoformat(asked["endsAt"])
        kept = {
            "__typename": "Promotion",
            "id": number,
            "couponCode": asked["couponCode"],
            "enabled": asked["enabled"],
            "endsAt": _written(ends),
            "usageLimit": asked.get("usageLimit"),
            "perCustomerUsageLimit": asked.get("perCustomerUsageLimit"),
            "actions": [_kept(one) for one in asked["actions"]],
            "conditions": [_kept(one) for one in asked["conditions"]],
            "deleted": False,
        }
        self.promotions[number] = kept
        if self.after_create:
            self.after_create.popleft()(kept)
        return kept

    def delete(self, number: str) -> dict[str, Any]:
        """Delete a promotion; one that is gone is an error there."""
        kept = self.promotions.get(number)
        if kept is None or kept["deleted"]:
            raise _Fault(f'No Promotion with the id "{number}" could be found')
        kept["deleted"] = True
        return {"result": "DELETED", "message": None}

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


class _Fault(Exception):
    """An error that GraphQL answers with, and status 200."""


class HangUp(Exception):
    """Ends a request without an answer."""


class _Handler(BaseHTTPRequestHandler):
    shop: Shop
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        try:
            with self.shop.lock:
                self._answer(*self._result(body["query"], body.get("variables") or {}))
        except HangUp:
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def _result(self, query: str, given: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        if self.path != "/admin-api":
            return 404, {"message": "Cannot POST"}, {}
        if "login(" in query:
            answer, headers = self.shop.log_in(given)
            return 200, {"data": answer}, headers
        self.shop.asked.append((query, given))
        self.shop.headers.append({name.lower(): text for name, text in self.headers.items()})
        if self.shop.answers:
            return (*self.shop.answers.popleft(), {})
        if not self._may():
            return 200, _FORBIDDEN, {}
        try:
            return 200, {"data": self._asked_for(query, given)}, {}
        except _Fault as fault:
            errors = [{"message": str(fault), "extensions": {"code": "ENTITY_NOT_FOUND"}}]
            return 200, {"errors": errors, "data": None}, {}

    def _may(self) -> bool:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        return token in self.shop.tokens or self.headers.get("vendure-api-key") == KEY

    def _asked_for(self, query: str, given: dict[str, Any]) -> Any:
        shop = self.shop
        if "createPromotion" in query:
            return {"made": shop.create(given["input"])}
        if "deletePromotion" in query:
            return {"deletePromotion": shop.delete(given["id"])}
        if "activeChannel" in query:
            return {"activeChannel": {"defaultLanguageCode": "de"}}
        living = {key: one for key, one in shop.promotions.items() if not one["deleted"]}
        if "promotion(id" in query:
            return {"promotion": living.get(given["id"])}
        if "promotions(" in query:
            same = [one for one in living.values() if one["couponCode"] == given["code"]]
            return {"promotions": {"items": same}}
        found = re.search(r"found: (order|customer)(s?)\(", query)
        if found is None:
            raise _Fault("Cannot query field")
        things = shop.orders if found[1] == "order" else shop.customers
        if not found[2]:
            return {"found": things.get(given["id"])}
        return {"found": _listed(list(things.values()), given["options"])}

    def _answer(self, status: int, body: Any, headers: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, text)
        if status in (429, 503):
            self.send_header("Retry-After", "7")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _listed(things: list[dict[str, Any]], options: dict[str, Any]) -> dict[str, Any]:
    """List as Vendure does: `after` is strictly later, and null is no time at all."""
    if options["take"] > 1000:
        raise _Fault("Cannot take more than 1000 results from a list query")
    ((name, wanted),) = options["filter"].items()
    kept = [one for one in things if one.get(name)]
    if "after" in wanted:
        after = datetime.fromisoformat(wanted["after"])
        kept = [one for one in kept if datetime.fromisoformat(one[name]) > after]
    kept.sort(key=lambda one: (one[name], int(one["id"])))
    begin = options["skip"]
    return {"totalItems": len(kept), "items": deepcopy(kept[begin : begin + options["take"]])}


def _kept(operation: dict[str, Any]) -> dict[str, Any]:
    return {"code": operation["code"], "args": operation["arguments"]}


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
