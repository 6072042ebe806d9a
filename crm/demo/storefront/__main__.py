"""The sample storefront, a program of its own: `python -m crm.demo.storefront --port N --home DIR`.

It answers WooCommerce's interface, posts its webhooks when it is told what time it is, and lets
buyers check out with a code. It listens on loopback only.
"""

import argparse
import html
import json
import signal
import threading
from base64 import b64encode
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from crm.demo.storefront import interface
from crm.demo.storefront.coupons import Refused
from crm.demo.storefront.hookbook import Door
from crm.demo.storefront.memory import Memory
from crm.demo.storefront.shop import Basket, Shop


class Storefront:
    """The shops by key, and what they remember between two starts."""

    def __init__(self, home: Path) -> None:
        self.memory = Memory(home / "storefront.json")
        self.shops: dict[str, Shop] = self.memory.recall()
        self.credentials = self.memory.credentials

    def open(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Open the shops: the span that is played and the doors of the product."""
        self.shops = self.memory.open(asked)
        self.credentials = self.memory.credentials
        return {"shops": list(self.shops)}

    def connect(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Learn where a shop's webhooks go and how they are signed."""
        self.shops[asked["shop"]].door = Door(asked["url"], asked["secret"])
        self.memory.keep(self.shops)
        return {}

    def play(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Let all shops' time run until an instant."""
        until = datetime.fromisoformat(asked["until"])
        posted = sum(shop.play(until) for shop in self.shops.values())
        self.memory.keep(self.shops)
        return {"posted": posted}

    def settle(self, _asked: dict[str, Any]) -> dict[str, Any]:
        """End the day: what was told is shown in the lists."""
        for shop in self.shops.values():
            shop.settle()
        return {}

    def check_out(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Sell something against a code. Raises Refused."""
        at = datetime.fromisoformat(asked["at"])
        basket = Basket(asked["email"], asked["code"], int(asked["percent"]), at)
        return {"order": str(self.shops[asked["shop"]].check_out(basket).id)}

    def ledger(self) -> dict[str, Any]:
        """Tell what every shop has told the product."""
        return {
            key: {
                "webhooks": shop.told,
                "people": shop.known_people(),
                "orders": shop.orders(),
                "codes": sorted(one["code"] for one in shop.desk.list(None)),
            }
            for key, shop in self.shops.items()
        }

    def window(self) -> str:
        """Show what the shops sell."""
        rows = "".join(
            f"<h1>{html.escape(shop.sign.name)}</h1><ul>"
            + "".join(f"<li>{html.escape(one.title)}</li>" for one in shop.sign.goods)
            + "</ul>"
            for shop in self.shops.values()
        )
        return f"<!doctype html><meta charset=utf-8><title>Sample shops</title>{rows}"


class _Till(BaseHTTPRequestHandler):
    """Turns requests into calls of the storefront."""

    storefront: Storefront
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a question."""
        self._handle()

    def do_POST(self) -> None:
        """Do something."""
        self._handle()

    def do_PUT(self) -> None:
        """Change a webhook."""
        self._handle()

    def do_DELETE(self) -> None:
        """Delete a coupon or a webhook."""
        self._handle()

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        place = urlsplit(self.path)
        try:
            if interface.is_interface(place.path):
                self._interface(place, body)
            elif place.path == "/":
                self._answer(200, self.storefront.window())
            else:
                self._answer(200, self._act(place.path, body))
        except Refused as no:
            self._answer(no.status, {"code": no.code, "message": no.code})

    def _act(self, path: str, body: bytes) -> Any:
        if path == "/ledger":
            return self.storefront.ledger()
        acts = {
            "/open": self.storefront.open,
            "/connect": self.storefront.connect,
            "/play": self.storefront.play,
            "/settle": self.storefront.settle,
            "/checkout": self.storefront.check_out,
        }
        if path not in acts or self.command != "POST":
            raise Refused(404, "rest_no_route")
        return acts[path](json.loads(body))

    def _interface(self, place: SplitResult, body: bytes) -> None:
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        given = json.loads(body) if body else {}
        asked = interface.Asked(self.command, place.path, query, given)
        found = interface.answer(self._shop(), asked)
        self._answer(found.status, found.body, found.total)

    def _shop(self) -> Shop:
        given = self.headers.get("Authorization", "")
        for key, (name, secret) in self.storefront.credentials.items():
            if given == f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}":
                return self.storefront.shops[key]
        raise Refused(401, "woocommerce_rest_cannot_view")

    def _answer(self, status: int, answer: Any, total: int | None = None) -> None:
        is_page = isinstance(answer, str)
        content = (answer if is_page else json.dumps(answer)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if is_page else "application/json")
        if total is not None:
            self.send_header("X-WP-Total", str(total))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def build_server(storefront: Storefront, port: int) -> ThreadingHTTPServer:
    """Build the server of a storefront on loopback; port 0 takes a free one."""
    till = type("Till", (_Till,), {"storefront": storefront})
    server = ThreadingHTTPServer(("127.0.0.1", port), till)
    server.daemon_threads = True
    return server


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True)
    given = parser.parse_args()
    storefront = Storefront(given.home)
    server = build_server(storefront, given.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)
    storefront.memory.keep(storefront.shops)


if __name__ == "__main__":
    main()
