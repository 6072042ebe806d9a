"""Shopify: webhooks of an app of the shop's own, and its Admin GraphQL interface.

Read in shopify.dev (webhooks, Admin GraphQL up to 2026-10); facts in docs/storefronts/shopify.md.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex

from crm.errors import Rejected
from crm.events import Event, LookUp
from crm.i18n import gettext as _
from crm.storefronts import (
    ApiAccess,
    Asked,
    BadSignature,
    Feed,
    Home,
    Hook,
    MadeCoupon,
    Page,
    RegisteredHook,
    Secrets,
    WantedCoupon,
)
from crm.storefronts._signatures import base64_hmac, check_one_of

LABEL = "Shopify"
HEADERS = ("x-shopify-", "content-type")
OPTIONS: Mapping[str, str] = {
    # Each version is served for a year; an older one is answered with the oldest still served.
    "api_version": "2026-10",
    # Customer metafields as namespace.key, or names of order attributes; the first one counts.
    "birthday_keys": "facts.birth_date,custom.birthday,birthday",
}
# The key is a client id, which needs its secret too, or the lasting token that older apps have.
API = ("url", "key")
COUPONS = True
FEEDS: tuple[Feed, ...] = ("customers", "orders")
# `orders/updated` tells of every change of an order; the topics of single changes repeat it.
HOOKS: tuple[str, ...] = (
    "orders/create",
    "orders/updated",
    "orders/delete",
    "refunds/create",
    "fulfillments/update",
    "fulfillment_events/create",
    "customers/create",
    "customers/update",
    "customers/delete",
    "customers_email_marketing_consent/update",
    "customers_marketing_consent/update",
    "app/uninstalled",
)


def new_secret() -> str:
    """Make a placeholder: what counts is the app's client secret, which Shopify makes."""
    return token_hex(16)


def check_secret(_secret: str) -> None:
    """Accept any text: Shopify's secrets have had several forms."""


def verify(hook: Hook, secrets: Secrets, _real_now: datetime) -> None:
    """Check the signature over the raw body; nothing else is signed. Raises BadSignature.

    After a rotation Shopify signs with the old secret for up to an hour: both may be live.
    """
    given = hook.headers.get("x-shopify-hmac-sha256", "")
    if not given:
        raise BadSignature
    expected = [base64_hmac(secret.encode(), hook.body) for secret in secrets.live]
    check_one_of(expected, [given])


def handshake(_hook: Hook) -> bool:
    """Tell that Shopify has none: even its test notifications are signed."""
    return False


def delivery_id(hook: Hook) -> str:
    """Give the delivery's own id, else a hash of topic and body.

    `X-Shopify-Event-Id` is no name for it: all deliveries of one act of the merchant share it.
    """
    named = hook.headers.get("x-shopify-webhook-id", "").strip()
    return named or hashlib.sha256(topic(hook).encode() + b"\n" + hook.body).hexdigest()


def topic(hook: Hook) -> str:
    """Read the topic from its header."""
    return hook.headers.get("x-shopify-topic", "").strip().lower()


def parse(hook: Hook, home: Home) -> tuple[Event, ...]:
    """Say what the webhook means. Raises Rejected when it cannot be understood."""
    from crm.storefronts._shopify.reading import read  # forms are not needed at the door

    named = topic(hook)
    if not named:
        raise Rejected(_("The header %(name)s is missing.", name="X-Shopify-Topic"))
    return read(hook, named, delivery_id(hook), home)


def create_coupon(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code, or adopt it where it exists. Raises Rejected or Unavailable."""
    from crm.storefronts._shopify import coupons

    return coupons.create(api, wanted)


def find_coupon(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up, whatever its case. Raises Rejected or Unavailable."""
    from crm.storefronts._shopify import coupons

    return coupons.find(api, code)


def void_coupon(api: ApiAccess, external_id: str) -> None:
    """Delete the discount of a code; one that is gone is gone. Raises Rejected or Unavailable."""
    from crm.storefronts._shopify import coupons

    coupons.void(api, external_id)


def read_page(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page of what changed. Raises Rejected or Unavailable."""
    from crm.storefronts._shopify import feeds

    return feeds.read_page(api, home, asked)


def look_up(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    """Read one thing as it is now; what is gone is said so. Raises Rejected or Unavailable."""
    from crm.storefronts._shopify import lookups

    return lookups.look_up(api, home, wanted)


def list_hooks(api: ApiAccess, address: str) -> tuple[RegisteredHook, ...]:
    """List the webhooks that post to our address. Raises Rejected or Unavailable."""
    from crm.storefronts._shopify import hooks

    return hooks.listed(api, address, HOOKS)


def arm_hooks(api: ApiAccess, address: str, _secret: str) -> tuple[RegisteredHook, ...]:
    """Register the HOOKS that are missing; they are signed with the app's own secret."""
    from crm.storefronts._shopify import hooks

    return hooks.arm(api, address, HOOKS)
