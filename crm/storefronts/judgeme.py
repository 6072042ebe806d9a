"""Judge.me, a review app beside a shop: its signed webhooks and the list of its reviews."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe

from crm.events import Event
from crm.storefronts import (
    ApiAccess,
    Asked,
    BadSignature,
    Feed,
    Home,
    Hook,
    Page,
    RegisteredHook,
    Secrets,
)
from crm.storefronts._no_coupons import create_coupon, find_coupon, void_coupon
from crm.storefronts._no_reading import look_up
from crm.storefronts._signatures import check_one_of

__all__ = ["create_coupon", "find_coupon", "look_up", "void_coupon"]

LABEL = "Judge.me"
HEADERS = ("judgeme-", "x-judgeme-", "content-type")
OPTIONS: Mapping[str, str] = {"shop_domain": ""}  # as Judge.me knows the shop
API = ("key",)  # the private API token
COUPONS = False
FEEDS: tuple[Feed, ...] = ("reviews",)
HOOKS = ("review/created", "review/updated", "review/published", "review/unpublished")


def new_secret() -> str:
    """Make a text; the shop replaces it by its API token or its app's secret."""
    return token_urlsafe(36)


def check_secret(_secret: str) -> None:
    """Accept any text: it is Judge.me that makes it."""


def verify(hook: Hook, secrets: Secrets, _real_now: datetime) -> None:
    """Check the signature over the raw body, written in hex. Raises BadSignature."""
    given = hook.headers.get("judgeme-hmac-sha256", "")
    if not given:
        raise BadSignature
    expected = [
        hmac.new(secret.encode(), hook.body, hashlib.sha256).hexdigest() for secret in secrets.live
    ]
    check_one_of(expected, [given])


def handshake(_hook: Hook) -> bool:
    """Tell that there is none."""
    return False


def delivery_id(hook: Hook) -> str:
    """Hash the body: a review's id and time stay the same when only its state changed."""
    return hashlib.sha256(hook.body).hexdigest()


def topic(hook: Hook) -> str:
    """Read the event's name out of the body; empty when it cannot be read."""
    from crm.storefronts._reviews.review import event_name

    return event_name(hook)


def parse(hook: Hook, _home: Home) -> tuple[Event, ...]:
    """Say what the webhook means. Raises Rejected when it cannot be understood."""
    from crm.storefronts._reviews.judge import read

    return read(hook)


def read_page(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page of reviews, newest first. Raises Rejected or Unavailable."""
    from crm.storefronts._reviews import judge_interface

    return judge_interface.read_page(api, home, asked)


def list_hooks(api: ApiAccess, address: str) -> tuple[RegisteredHook, ...]:
    """List the webhooks that post to our address. Raises Rejected or Unavailable."""
    from crm.storefronts._reviews import judge_interface

    return judge_interface.list_hooks(api, address)


def arm_hooks(api: ApiAccess, address: str, _secret: str) -> tuple[RegisteredHook, ...]:
    """Register the HOOKS that are missing; twice is once. Raises Rejected or Unavailable."""
    from crm.storefronts._reviews import judge_interface

    return judge_interface.arm_hooks(api, address, HOOKS)
