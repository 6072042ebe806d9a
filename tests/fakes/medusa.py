"""A Medusa server on loopback whose Admin API answers as release 2.21 does, traps included."""

import json
import re
import threading
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

KEY = "sk_test"
_THING = re.compile(r"/admin/(orders|customers|promotions|campaigns)(?:/(\w+))?")


@dataclass
class Shop:
    """Things by list and id; what was asked; how the next asks are answered."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    promotions: dict[str, dict[str, Any]] = field(default_factory=dict)
    campaigns: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    answers: deque[tuple[int, Any]] = field(default_factory=deque)
    after_create: deque[Callable[[dict[str, Any]], None]] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """The server's address, as `api_url` wants it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def create(self, asked: dict[str, Any]) -> tuple[int, Any]:
        """Make a promotion with its campaign; a code and a campaign's name may be given once."""
        wrong = _refusal(asked)
        if asked["code"] in [one["code"] for one in self.promotions.values()]:
            wrong = f"Promotion with code: {asked['code']}, already exists."
        if wrong:
            return 400, {"type": "invalid_data", "message": wrong}
        number = len(self.campaigns) + 1
        campaign = {"id": f"procamp_{number}", "budget": None, **asked["campaign"]}
        campaign["ends_at"] = campaign["ends_at"].replace("Z", ".000Z")
        kept = {
            "id": f"promo_{number}",
            "code": asked["code"],
            "status": asked.get("status", "draft"),
            "limit": asked.get("limit"),
            "application_method": asked["application_method"],
            "rules": asked.get("rules", []),
            "is_tax_inclusive": asked.get("is_tax_inclusive", False),
            "campaign_id": campaign["id"],
            "campaign": campaign,
        }
        self.campaigns[campaign["id"]] = campaign
        self.promotions[kept["id"]] = kept
        if self.after_create:
            self.after_create.popleft()(kept)
        return 200, {"promotion": kept}

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


class HangUp(Exception):
    """Ends a request without an answer."""


class _Handler(BaseHTTPRequestHandler):
    shop: Shop
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            with self.shop.lock:
                self._answer(*self._result(json.loads(body) if body else {}))
        except HangUp:
            self.close_connection = True

    do_POST = do_DELETE = do_GET  # noqa: N815 - the names http.server looks for

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def _result(self, body: dict[str, Any]) -> tuple[int, Any]:
        place = urlsplit(self.path)
        self.shop.asked.append((self.command, self.path))
        if self.shop.answers:
            return self.shop.answers.popleft()
        given = (self.headers.get("Authorization") or "").removeprefix("Basic ")
        if b64decode(given).decode() != f"{KEY}:":
            return 401, {"message": "Unauthorized"}
        found = _THING.fullmatch(place.path)
        if found is None:
            return 404, "Cannot GET"
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        things: dict[str, Any] = getattr(self.shop, found[1])
        if found[2]:
            return self._one(things, found[1].removesuffix("s"), found[2])
        if self.command == "POST":
            return self.shop.create(body)
        return _listed(found[1], list(things.values()), asked)

    def _one(self, things: dict[str, Any], kind: str, name: str) -> tuple[int, Any]:
        if self.command == "DELETE":  # of what is gone, too
            things.pop(name, None)
            return 200, {"id": name, "object": kind, "deleted": True}
        if name not in things:
            return 404, {"type": "not_found", "message": f"{kind} id not found: {name}"}
        return 200, {kind: things[name]}

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status in (429, 503):
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(content)


def _listed(name: str, things: list[dict[str, Any]], asked: dict[str, str]) -> tuple[int, Any]:
    if "code" in asked:
        things = [one for one in things if one["code"] == asked["code"]]
    if "," in asked.get("order", ""):
        return 500, {"type": "unknown_error", "message": "An unknown error occurred."}
    if since := asked.get("updated_at[$gte]"):
        least = datetime.fromisoformat(since)
        things = [one for one in things if datetime.fromisoformat(one["updated_at"]) >= least]
    if asked.get("has_account") == "true":
        things = [one for one in things if one["has_account"]]
    if asked.get("order") == "updated_at":
        things.sort(key=lambda one: one["updated_at"])
    begin, most = int(asked.get("offset", 0)), int(asked.get("limit", 50))
    return 200, {name: things[begin : begin + most], "count": len(things)}


def _refusal(asked: dict[str, Any]) -> str | None:
    """Refuse what the real one's forms refuse: other fields, and numbers that are text."""
    known = "code type status limit is_tax_inclusive application_method campaign rules".split()
    if set(asked) - set(known):
        return "Invalid request: Unrecognized fields"
    value = asked["application_method"]["value"]
    if not isinstance(value, int | float):
        return "Invalid request: Expected type: 'number' for field 'application_method, value'"
    return None
