"""Medusa: our plugin in the shop posts the neutral webhook; the rest goes by its Admin API.

Run against release 2.21; facts in docs/storefronts/medusa.md.
"""

from collections.abc import Mapping

from crm.events import Event, LookUp
from crm.storefronts import ApiAccess, Asked, Feed, Home, MadeCoupon, Page, WantedCoupon
from crm.storefronts._neutral.door import (
    HEADERS,
    check_secret,
    delivery_id,
    handshake,
    new_secret,
    parse,
    topic,
    verify,
)
from crm.storefronts._no_hooks import arm_hooks, list_hooks

__all__ = [
    "HEADERS",
    "arm_hooks",
    "check_secret",
    "delivery_id",
    "handshake",
    "list_hooks",
    "new_secret",
    "parse",
    "topic",
    "verify",
]

LABEL = "Medusa"
OPTIONS: Mapping[str, str] = {
    "birthday_key": "birthday",  # name in the customer's metadata
    "look_back_days": "7",  # orders changed so long ago are read again at every check
}
API = ("url", "key")
COUPONS = True
FEEDS: tuple[Feed, ...] = ("customers", "orders")
HOOKS: tuple[str, ...] = ()


def create_coupon(api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
    """Make a code, or adopt it where it exists. Raises Rejected or Unavailable."""
    from crm.storefronts._medusa import coupons

    return coupons.create(api, wanted)


def find_coupon(api: ApiAccess, code: str) -> MadeCoupon | None:
    """Look a code up. Raises Rejected or Unavailable."""
    from crm.storefronts._medusa import coupons

    return coupons.find(api, code)


def void_coupon(api: ApiAccess, external_id: str) -> None:
    """Delete the promotion of a code; twice is once. Raises Rejected or Unavailable."""
    from crm.storefronts._medusa import coupons

    coupons.void(api, external_id)


def read_page(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page of orders or customers. Raises Rejected or Unavailable."""
    from crm.storefronts._medusa import feeds

    return feeds.read(api, home, asked)


def look_up(api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
    """Read one thing as it is now; what is gone is said so. Raises Rejected or Unavailable."""
    from crm.storefronts._medusa import feeds

    return feeds.look_up(api, home, wanted)
