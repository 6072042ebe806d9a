"""Storefronts' sending side: signed webhooks made with other code than ours checks them with."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

PAYLOADS = Path(__file__).parent.parent / "payloads"
_numbers = count(1)

Post = tuple[dict[str, str], bytes]


def payload(name: str) -> Any:
    """Read one of our payloads, such as `standard/order-paid`."""
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def raw(name: str) -> bytes:
    """Read one of our payloads as the bytes it is."""
    return (PAYLOADS / f"{name}.json").read_bytes()


def standard_post(
    secret: str, body: bytes | Any, *, name: str | None = None, at: datetime | None = None
) -> Post:
    """Sign a body as Standard Webhooks does, by the reference library."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    name = name or f"msg_{next(_numbers)}"
    sent = at or datetime.now(UTC)
    signature = _sign(secret, name, sent, content)
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(sent.timestamp())),
        "webhook-signature": signature,
        "content-type": "application/json",
    }
    return headers, content


def woo_post(secret: str, topic: str, body: bytes | Any) -> Post:
    """Sign a body as WooCommerce does; its delivery id repeats within a second, as there."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    mac = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    resource, _dot, event = topic.partition(".")
    headers = {
        "X-WC-Webhook-Source": "https://woo.example.test/",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        "X-WC-Webhook-Signature": base64.b64encode(mac).decode(),
        "X-WC-Webhook-ID": "3",
        "X-WC-Webhook-Delivery-ID": "5f0b",
        "Content-Type": "application/json",
    }
    return headers, content


def _sign(secret: str, name: str, sent: datetime, content: bytes) -> str:
    """Sign by the reference library; it knows text only, so other bytes are signed here."""
    try:
        return Webhook(secret).sign(name, sent, content.decode())
    except UnicodeDecodeError:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{name}.{int(sent.timestamp())}.".encode() + content
        return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
