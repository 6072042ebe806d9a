"""WooCommerce: its webhooks, which it never sends twice, and its REST interface.

Read in class-wc-webhook.php and tried against release 7.9; facts in docs/storefronts.md.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe

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

LABEL = "WooCommerce"
HEADERS = ("x-wc-webhook-", "content-type")
OPTIONS: Mapping[str, str] = {
    # Names of meta data, several parted by commas; the first with a value counts.
    "birthday_keys": "birthday,_billing_birthday,billing_birthday",
    "consent_keys": "",
}
API = ("url", "key", "secret")
COUPONS = True
FEEDS: tuple[Feed, ...] = ("customers", "orders", "reviews")
HOOKS = (
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "customer.created",
    "customer.updated",
    "customer.deleted",
)

_HANDSHAKE = re.compile(rb"webhook_id=\d{1,20}")


def new_secret() -> str:
    """Make a text without signs that an HTML form could change."""
    return token_urlsafe(36)


def check_secret(_secret: str) -> None:
    """Accept any text: WooCommerce does."""


def verify(hook: Hook, secrets: Secrets, _real_now: datetime) -> None:
    """Check the signature over the raw body; nothing else is signed. Raises BadSignature."""
    given = hook.headers.get("x-wc-webhook-signature", "")
    if not given:
        raise BadSignature
    expected = [base64_hmac(secret.encode(), hook.body) for secret in secrets.live]
    check_one_of(expected, [given])


def handshake(hook: Hook) -> bool:
    """Tell the unsigned form `webhook_id=N` that WooCommerce posts when a webhook is saved."""
    signed = "x-wc-webhook-signature" in hook.headers
    return not signed and _HANDSHAKE.fullmatch(hook.body.strip()) is not None


def delivery_id(hook: Hook) -> str:
    """Hash topic and body: the delivery id of WooCommerce is made of the second and repeats."""
    return hashlib.sha256(topic(hook).encode() + b"\n" + hook.body).hexdigest()


def topic(hook: Hook) -> str:
    """Read the topic from its header."""
    return hook.headers.get("x-wc-webhook-topic", "").strip().lower()


def parse(hook: Hook, home: Home) -> tuple[Event, ...]:
    """Say what the webhook means. Raises Rejected when it cannot be understood."""
    from crm.storefronts._woo.reading import read  # forms are not needed at the door

    named = topic(hook)
    if not named:
        raise Rejected(_("The header X-WC-Webhook-Topic is missing."))
    return read(hook, named, home)


def create_coupon(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code, or adopt it where it exists. Raises Rejected or Unavailable."""
    from crm.storefronts._woo import coupons

    return coupons.create(api, wanted)


def find_coupon(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up, whatever its case. Raises Rejected or Unavailable."""
    from crm.storefronts._woo import coupons

    return coupons.find(api, code)


def void_coupon(api: ApiAccess, external_id: str) -> None:
    """Delete a code for good; one that is gone is gone. Raises Rejected or Unavailable."""
    from crm.storefronts._woo import coupons

    coupons.void(api, external_id)


def read_page(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page of customers, orders or reviews. Raises Rejected or Unavailable."""
    from crm.storefronts._woo import pages

    return pages.read_page(api, home, asked)


def look_up(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    """Read one thing; what is gone was deleted. Raises Rejected or Unavailable."""
    from crm.storefronts._woo import pages

    return pages.look_up(api, home, wanted)


def list_hooks(api: ApiAccess, address: str) -> tuple[RegisteredHook, ...]:
    """List the webhooks that post to our address. Raises Rejected or Unavailable."""
    from crm.storefronts._woo import hooks

    return hooks.list_ours(api, address)


def arm_hooks(api: ApiAccess, address: str, secret: str) -> tuple[RegisteredHook, ...]:
    """Register what is missing and make anew what is off. Raises Rejected or Unavailable."""
    from crm.storefronts._woo import hooks

    return hooks.arm(api, address, secret)
