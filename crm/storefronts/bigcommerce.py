"""BigCommerce: thin webhooks signed the standard way, its interface, and its coupons.

Facts and their sources: docs/storefronts/bigcommerce.md.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe

from crm.events import Event, LookUp
from crm.storefronts import (
    ApiAccess,
    Asked,
    Feed,
    Home,
    Hook,
    MadeCoupon,
    Page,
    RegisteredHook,
    Secrets,
    WantedCoupon,
)
from crm.storefronts._signatures import base64_hmac, check_one_of, standard_parts

LABEL = "BigCommerce"
HEADERS = ("webhook-", "content-type")
OPTIONS: Mapping[str, str] = {
    # Names of customer form fields, several parted by commas; the first with a value counts.
    "birthday_keys": "birthday,date of birth",
    # drop: an archived order counts no more; keep: archiving is only tidying up.
    "archived_orders": "drop",
}
API = ("url", "key")  # https://api.bigcommerce.com/stores/HASH and the access token
COUPONS = True
FEEDS: tuple[Feed, ...] = ("customers", "orders")
HOOKS = (
    "store/order/created",
    "store/order/updated",
    "store/order/archived",
    "store/order/refund/created",
    "store/shipment/created",
    "store/shipment/updated",
    "store/shipment/deleted",
    "store/customer/created",
    "store/customer/updated",
    "store/customer/deleted",
    "store/customer/address/created",
    "store/customer/address/updated",
    "store/customer/address/deleted",
    "store/subscriber/created",
    "store/subscriber/updated",
    "store/app/uninstalled",
)

_SCOPE = re.compile(r"[A-Za-z0-9_/*-]{1,100}")


def new_secret() -> str:
    """Make a text; the shop replaces it by the client secret of its API account."""
    return token_urlsafe(36)


def check_secret(_secret: str) -> None:
    """Accept any text: it is BigCommerce that makes it."""


def verify(hook: Hook, secrets: Secrets, real_now: datetime) -> None:
    """Check the signature, whose key is the client secret as it reads. Raises BadSignature."""
    signed, listed = standard_parts(hook, real_now)
    expected = [f"v1,{base64_hmac(secret.encode(), signed)}" for secret in secrets.live]
    check_one_of(expected, listed)


def handshake(_hook: Hook) -> bool:
    """Tell that there is none."""
    return False


def delivery_id(hook: Hook) -> str:
    """Give the signed `webhook-id`; without one, hash the body, whose own hash is not unique."""
    return hook.headers.get("webhook-id") or hashlib.sha256(hook.body).hexdigest()


def topic(hook: Hook) -> str:
    """Read the scope out of the body; empty when it cannot be read."""
    try:
        body = json.loads(hook.body)
    except (ValueError, RecursionError):
        return ""
    scope = body.get("scope") if isinstance(body, dict) else None
    return scope if isinstance(scope, str) and _SCOPE.fullmatch(scope) else ""


def parse(hook: Hook, _home: Home) -> tuple[Event, ...]:
    """Say what the webhook means: mostly, what to look up. Raises Rejected."""
    from crm.storefronts._bigcommerce.reading import read  # forms are not needed at the door

    return read(hook)


def create_coupon(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code, or adopt it where it exists. Raises Rejected or Unavailable."""
    from crm.storefronts._bigcommerce import coupons

    return coupons.create(api, wanted)


def find_coupon(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up, whatever its case. Raises Rejected or Unavailable."""
    from crm.storefronts._bigcommerce import coupons

    return coupons.find(api, code)


def void_coupon(api: ApiAccess, external_id: str) -> None:
    """Delete a code and the promotion made for it. Raises Rejected or Unavailable."""
    from crm.storefronts._bigcommerce import coupons

    coupons.void(api, external_id)


def read_page(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page of what changed. Raises Rejected or Unavailable."""
    from crm.storefronts._bigcommerce import feeds

    return feeds.read_page(api, home, asked)


def look_up(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    """Read one thing as it is now; what is gone is said so. Raises Rejected or Unavailable."""
    from crm.storefronts._bigcommerce import lookups

    return lookups.look_up(api, home, wanted)


def list_hooks(api: ApiAccess, address: str) -> tuple[RegisteredHook, ...]:
    """List the webhooks that post to our address. Raises Rejected or Unavailable."""
    from crm.storefronts._bigcommerce import hooks

    return hooks.list_all(api, address)


def arm_hooks(api: ApiAccess, address: str, _secret: str) -> tuple[RegisteredHook, ...]:
    """Register the HOOKS that are missing and switch on what is off; twice is once."""
    from crm.storefronts._bigcommerce import hooks

    return hooks.arm(api, address, HOOKS)
