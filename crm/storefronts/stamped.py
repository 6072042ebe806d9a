"""Stamped, a review app beside a shop: webhooks that carry the shared secret itself."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe

from crm.events import Event
from crm.storefronts import BadSignature, Feed, Home, Hook, Secrets
from crm.storefronts._no_coupons import create_coupon, find_coupon, void_coupon
from crm.storefronts._no_hooks import arm_hooks, list_hooks
from crm.storefronts._no_reading import look_up, read_page
from crm.storefronts._signatures import check_one_of

__all__ = [
    "arm_hooks",
    "create_coupon",
    "find_coupon",
    "list_hooks",
    "look_up",
    "read_page",
    "void_coupon",
]

LABEL = "Stamped"
# The secret itself comes in a header, which therefore is not among those that are kept.
HEADERS = ("x-stamped-topic", "x-stamped-webhook-topic", "x-stamped-store-url", "content-type")
OPTIONS: Mapping[str, str] = {}
API: tuple[str, ...] = ()
COUPONS = False
FEEDS: tuple[Feed, ...] = ()
HOOKS: tuple[str, ...] = ()


def new_secret() -> str:
    """Make a text that a header carries unchanged."""
    return token_urlsafe(36)


def check_secret(_secret: str) -> None:
    """Accept any text: Stamped does."""


def verify(hook: Hook, secrets: Secrets, _real_now: datetime) -> None:
    """Check the secret in its header; nothing is signed. Raises BadSignature."""
    given = hook.headers.get("x-stamped-webhook-secret", "")
    if not given:
        raise BadSignature
    check_one_of(secrets.live, [given])


def handshake(_hook: Hook) -> bool:
    """Tell that there is none."""
    return False


def delivery_id(hook: Hook) -> str:
    """Hash topic and body: Stamped gives no name to a delivery."""
    return hashlib.sha256(topic(hook).encode() + b"\n" + hook.body).hexdigest()


def topic(hook: Hook) -> str:
    """Read the topic from its header, which Stamped's pages spell in two ways."""
    headers = hook.headers
    named = headers.get("x-stamped-topic") or headers.get("x-stamped-webhook-topic") or ""
    return named.strip()[:100]


def parse(hook: Hook, _home: Home) -> tuple[Event, ...]:
    """Say what the webhook means. Raises Rejected when it cannot be understood."""
    from crm.storefronts._reviews.stamped import read

    return read(hook, topic(hook))
