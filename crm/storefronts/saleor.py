"""Saleor: webhooks signed with keys it publishes, and its GraphQL interface.

Facts and the pages they come from are in docs/storefronts/saleor.md.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

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
from crm.storefronts._jwks import verify_detached
from crm.storefronts._signatures import check_one_of

LABEL = "Saleor"
HEADERS = ("saleor-", "x-saleor-", "content-type")
OPTIONS: Mapping[str, str] = {
    # Keys of public metadata, several parted by commas; the first with a value counts.
    "birthday_keys": "birthday",
    "consent_keys": "",
    # The slug of the channel that codes are good in; empty: the first in the store's currency.
    "channel": "",
}
API = ("url", "key")
COUPONS = True
FEEDS: tuple[Feed, ...] = ("customers", "orders")
HOOKS = (
    "order_created",
    "order_confirmed",
    "order_paid",
    "order_fully_paid",
    "order_updated",
    "order_metadata_updated",
    "order_cancelled",
    "order_expired",
    "order_fulfilled",
    "order_refunded",
    "order_fully_refunded",
    "fulfillment_created",
    "fulfillment_canceled",
    "fulfillment_tracking_number_updated",
    "customer_created",
    "customer_updated",
    "customer_metadata_updated",
    "customer_deleted",
    "account_deleted",
)

_HMAC = re.compile(r"[0-9a-f]{64}")


def new_secret() -> str:
    """Make none: Saleor signs with a key of its own, which it publishes."""
    return ""


def check_secret(_secret: str) -> None:
    """Accept any text, for webhooks of the older kind."""


def verify(hook: Hook, secrets: Secrets, _real_now: datetime) -> None:
    """Check the signature over the raw body. Raises BadSignature, Unavailable without keys.

    A signature with Saleor's key is checked with the keys it publishes; the older kind, an HMAC
    in hexadecimal digits, with the store's secrets.
    """
    given = _header(hook, "signature")
    if _HMAC.fullmatch(given):
        expected = [
            hmac.digest(secret.encode(), hook.body, hashlib.sha256).hex() for secret in secrets.live
        ]
        check_one_of(expected, [given])
    elif given and secrets.jwks_url:
        verify_detached(given, hook.body, secrets.jwks_url)
    else:
        raise BadSignature


def handshake(_hook: Hook) -> bool:
    """Tell that Saleor has none."""
    return False


def delivery_id(hook: Hook) -> str:
    """Hash event and body, which stays the same over retries: Saleor names no delivery."""
    return hashlib.sha256(topic(hook).encode() + b"\n" + hook.body).hexdigest()


def topic(hook: Hook) -> str:
    """Read the event from its header."""
    return _header(hook, "event").lower()


def parse(hook: Hook, home: Home) -> tuple[Event, ...]:
    """Say what the webhook means. Raises Rejected when it cannot be understood."""
    from crm.storefronts._saleor.reading import read  # forms are not needed at the door

    named = topic(hook)
    if not named:
        raise Rejected(_("The header Saleor-Event is missing."))
    return read(hook, named, home)


def create_coupon(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code, or adopt it where it exists. Raises Rejected or Unavailable."""
    from crm.storefronts._saleor import coupons

    return coupons.create(api, wanted)


def find_coupon(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up. Raises Rejected or Unavailable."""
    from crm.storefronts._saleor import coupons

    return coupons.find(api, code)


def void_coupon(api: ApiAccess, external_id: str) -> None:
    """Delete a code's voucher; one that is gone is gone. Raises Rejected or Unavailable."""
    from crm.storefronts._saleor import coupons

    coupons.void(api, external_id)


def read_page(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page of what changed. Raises Rejected or Unavailable."""
    from crm.storefronts._saleor import feeds

    return feeds.read_page(api, home, asked)


def look_up(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    """Read one thing as it is now; what is gone is said so. Raises Rejected or Unavailable."""
    from crm.storefronts._saleor import feeds

    return feeds.look_up(api, home, wanted)


def list_hooks(api: ApiAccess, address: str) -> tuple[RegisteredHook, ...]:
    """List the events that post to our address. Raises Rejected or Unavailable."""
    from crm.storefronts._saleor import hooks

    return hooks.find(api, address)


def arm_hooks(api: ApiAccess, address: str, secret: str) -> tuple[RegisteredHook, ...]:
    """Register one webhook for all HOOKS, or mend it; twice is once."""
    from crm.storefronts._saleor import hooks

    return hooks.arm(api, address, secret, HOOKS)


def _header(hook: Hook, name: str) -> str:
    """Read a header of Saleor's, by the older name where the newer is missing."""
    found = hook.headers.get(f"saleor-{name}") or hook.headers.get(f"x-saleor-{name}", "")
    return found.strip()
