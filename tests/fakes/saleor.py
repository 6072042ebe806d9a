"""A Saleor on loopback: its own keys, signed webhooks, and its interface by names of operations."""

import base64
import hashlib
import json
import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

TOKEN = "saleor-app-token"
_NAME = re.compile(r"(?:query|mutation)\s+Regulars(\w+)")
_SLICE = 100

Thing = dict[str, Any]


def base64url(raw: bytes) -> str:
    """Write bytes for addresses, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class SigningKey:
    """A key of Saleor's; its id is the thumbprint of RFC 7638."""

    def __init__(self, size: int = 2048) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=size)
        public = self.private.public_key().public_numbers()
        self.jwk = {
            "e": base64url(public.e.to_bytes(3, "big")),
            "kty": "RSA",
            "n": base64url(public.n.to_bytes(size // 8, "big")),
        }
        packed = json.dumps(self.jwk, sort_keys=True, separators=(",", ":")).encode()
        self.kid = base64url(hashlib.sha256(packed).digest())

    def published(self) -> Thing:
        """Give the key as it is published."""
        return {**self.jwk, "key_ops": ["verify"], "use": "sig", "kid": self.kid}

    def sign(self, body: bytes, **header: Any) -> str:
        """Sign a body, detached and as it is; `header` changes what the header says."""
        said = {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": self.kid, **header}
        packed = {name: value for name, value in said.items() if value is not None}
        head = base64url(json.dumps(packed, separators=(",", ":")).encode())
        signed = f"{head}.".encode() + body
        return f"{head}..{base64url(self.private.sign(signed, padding.PKCS1v15(), SHA256()))}"


@cache
def usual_key() -> SigningKey:
    """Give the key that every shop has until it is given another: to make one takes a while."""
    return SigningKey()


@dataclass
class Saleor:
    """What the shop keeps by id, the operations it saw, and answers put before the next ones."""

    key: SigningKey = field(default_factory=usual_key)
    orders: dict[str, Thing] = field(default_factory=dict)
    customers: dict[str, Thing] = field(default_factory=dict)
    vouchers: dict[str, Thing] = field(default_factory=dict)
    webhooks: dict[str, Thing] = field(default_factory=dict)
    channels: list[Thing] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    asked: list[Thing] = field(default_factory=list)
    answers: deque[tuple[int, Any]] = field(default_factory=deque)
    spoil: Callable[[str, Thing], None] | None = None
    keys_answer: tuple[int, Any] | None = None
    page: int = _SLICE
    open_door: threading.Event = field(default_factory=threading.Event)
    asked_for_keys: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def origin(self) -> str:
        """Where the shop is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """The address of its interface."""
        return f"{self.origin}/graphql/"

    @property
    def keys_url(self) -> str:
        """Where its keys are published."""
        return f"{self.origin}/.well-known/jwks.json"

    def open_channel(self, slug: str, currency: str, *, active: bool = True) -> str:
        """Open a channel; gives its id."""
        name = self.name_of("Channel")
        told = {"id": name, "slug": slug, "currencyCode": currency, "isActive": active}
        self.channels.append(told)
        return name

    def name_of(self, kind: str) -> str:
        """Make an id as Saleor writes them."""
        return base64.b64encode(f"{kind}:{next(self.numbers)}".encode()).decode()

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"shop": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        self.open_door.set()
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

    # What the interface answers, one method for each operation.

    def orders_listed(self, asked: Thing) -> Thing:
        """List orders."""
        return {"orders": self._slice(self.orders, asked)}

    def customers_listed(self, asked: Thing) -> Thing:
        """List customers."""
        return {"customers": self._slice(self.customers, asked)}

    def create_voucher(self, asked: Thing) -> Thing:
        """Make a voucher, which is worth nothing yet; a code stands once in the whole shop."""
        told = asked["input"]
        taken = {code for one in self.vouchers.values() for code in one["codes"]}
        if taken & set(told["addCodes"]):
            fault = {"field": "codes", "code": "ALREADY_EXISTS", "message": "Promo code exists."}
            return {"voucherCreate": {"errors": [fault], "voucher": None}}
        name = self.name_of("Voucher")
        self.vouchers[name] = {
            "id": name,
            "codes": [code.strip() for code in told["addCodes"]],
            "channelListings": [],
            "applyOncePerOrder": False,
            "usageLimit": None,
            **{key: value for key, value in told.items() if key != "addCodes"},
        }
        return {"voucherCreate": {"errors": [], "voucher": {"id": name}}}

    def list_voucher(self, asked: Thing) -> Thing:
        """List a voucher in channels; an amount has no more places than the currency."""
        voucher, faults = self.vouchers[asked["id"]], []
        for listing in asked["input"]["addChannels"]:
            (channel,) = [one for one in self.channels if one["id"] == listing["channelId"]]
            value, minimum = listing["discountValue"], listing.get("minAmountSpent")
            if voucher["discountValueType"] == "PERCENTAGE" and float(value) > 100:
                message = "Invalid percentage value."
                faults.append({"field": "discountValue", "code": "INVALID", "message": message})
                continue
            currency = channel["currencyCode"]
            spent = {"amount": float(minimum), "currency": currency} if minimum else None
            told = {"channel": channel, "discountValue": float(value), "currency": currency}
            voucher["channelListings"].append({**told, "minSpent": spent})
        return {"voucherChannelListingUpdate": {"errors": faults}}

    def vouchers_found(self, asked: Thing) -> Thing:
        """Search as SQL's ILIKE does: `_` and `%` are patterns."""
        pattern = re.escape(asked["search"]).replace("_", ".").replace("%", ".*")
        like = re.compile(pattern, re.IGNORECASE)
        found = [
            one
            for one in self.vouchers.values()
            if any(like.fullmatch(text) for text in (one["name"], *one["codes"]))
        ]
        return {"vouchers": {"edges": [{"node": self._voucher(one)} for one in found]}}

    def voucher_of(self, asked: Thing) -> Thing:
        """Show a voucher."""
        found = self.vouchers.get(asked["id"])
        return {"voucher": self._voucher(found) if found else None}

    def delete_voucher(self, asked: Thing) -> Thing:
        """Delete a voucher."""
        if self.vouchers.pop(asked["id"], None) is None:
            fault = {"field": "id", "code": "NOT_FOUND", "message": "Couldn't resolve to a node."}
            return {"voucherDelete": {"errors": [fault]}}
        return {"voucherDelete": {"errors": []}}

    def create_webhook(self, asked: Thing) -> Thing:
        """Register a webhook of the app."""
        name = self.name_of("Webhook")
        self.webhooks[name] = {"id": name}
        return {"webhookCreate": self._change_webhook(name, asked["input"])}

    def update_webhook(self, asked: Thing) -> Thing:
        """Change a webhook."""
        return {"webhookUpdate": self._change_webhook(asked["id"], asked["input"])}

    def answer(self, operation: str, asked: Thing) -> Thing:
        """Answer one operation."""
        every: dict[str, Callable[[Thing], Thing]] = {
            "Orders": self.orders_listed,
            "Customers": self.customers_listed,
            "OrderNames": lambda said: self._named(self.orders_listed(said)),
            "CustomerNames": lambda said: self._named(self.customers_listed(said)),
            "OrderOf": lambda said: {"order": self.orders.get(said["id"])},
            "CustomerOf": lambda said: {"user": self.customers.get(said["id"])},
            "Webhooks": lambda _said: {"app": {"webhooks": [*self.webhooks.values()]}},
            "CreateWebhook": self.create_webhook,
            "UpdateWebhook": self.update_webhook,
            "Channels": lambda _said: {"channels": self.channels},
            "CreateVoucher": self.create_voucher,
            "ListVoucher": self.list_voucher,
            "Vouchers": self.vouchers_found,
            "VoucherOf": self.voucher_of,
            "DeleteVoucher": self.delete_voucher,
        }
        told = every[operation](asked)
        if self.spoil:
            self.spoil(operation, told)
        return told

    def _named(self, told: Thing) -> Thing:
        """Leave of a list only the names of its things and their times."""
        for listed in told.values():
            listed["edges"] = [
                {"node": {key: edge["node"][key] for key in ("id", "updatedAt")}}
                for edge in listed["edges"]
            ]
        return told

    def _change_webhook(self, name: str, told: Thing) -> Thing:
        webhook = self.webhooks[name]
        for mine, theirs in (("query", "subscriptionQuery"), ("secretKey", "secretKey")):
            if mine in told:
                webhook[theirs] = told[mine]
        webhook["asyncEvents"] = [{"eventType": one} for one in told["asyncEvents"]]
        webhook |= {key: told[key] for key in ("name", "targetUrl", "isActive") if key in told}
        return {"errors": [], "webhook": {"id": name}}

    def _voucher(self, kept: Thing) -> Thing:
        codes = [{"node": {"code": code}} for code in kept["codes"]]
        return {**kept, "codes": {"edges": codes}}

    def _slice(self, things: dict[str, Thing], asked: Thing) -> Thing:
        """List by time of change and id, after a cursor that holds both."""
        assert asked["first"] <= _SLICE
        since = asked["filter"].get("updatedAt", {}).get("gte")
        kept = [one for one in things.values() if not since or _at(one) >= _read(since)]
        kept.sort(key=_place)
        after = _opened(asked["after"])
        rest = [one for one in kept if after is None or _place(one) > after]
        shown = rest[: min(asked["first"], self.page)]
        cursor = _cursor(shown[-1]) if shown else None
        return {
            "totalCount": len(kept),
            "pageInfo": {"hasNextPage": len(rest) > len(shown), "endCursor": cursor},
            "edges": [{"node": one} for one in shown],
        }


class Refusal(Exception):
    """A GraphQL error that takes the place of the data."""


def _at(thing: Thing) -> datetime:
    return _read(thing["updatedAt"])


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _place(thing: Thing) -> tuple[datetime, str]:
    return _at(thing), thing["id"]


def _cursor(thing: Thing) -> str:
    return base64.b64encode(json.dumps([thing["updatedAt"], thing["id"]]).encode()).decode()


def _opened(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    try:
        at, name = json.loads(base64.b64decode(cursor, validate=True))
    except ValueError:
        raise Refusal("Received cursor is invalid.") from None
    return _read(at), name


class _Handler(BaseHTTPRequestHandler):
    shop: Saleor
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go one after the other, without a pause

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        shop = self.shop
        with shop.lock:
            shop.seen.append("keys" if self.path == "/.well-known/jwks.json" else self.path)
            found = shop.keys_answer or (200, {"keys": [shop.key.published()]})
        shop.asked_for_keys.set()
        shop.open_door.wait(10)
        self._answer(*found)

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.shop.lock:
            self._answer(*self._result(told))

    def _result(self, told: Thing) -> tuple[int, Any]:
        shop = self.shop
        if self.path != "/graphql/":
            return 404, None
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 200, _denied(
                "To access this path, you need one of the permissions: MANAGE_ORDERS"
            )
        found = _NAME.search(told["query"])
        assert found, told["query"]
        shop.seen.append(found[1])
        shop.asked.append(told["variables"])
        if shop.answers:
            return shop.answers.popleft()
        try:
            return 200, {"data": shop.answer(found[1], told["variables"])}
        except Refusal as no:
            return 200, {"data": None, "errors": [{"message": str(no)}]}

    def _answer(self, status: int, body: Any) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(content)


def _denied(message: str) -> Thing:
    code = {"exception": {"code": "PermissionDenied"}}
    return {"data": None, "errors": [{"message": message, "extensions": code}]}
