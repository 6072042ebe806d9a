"""Any storefront that posts the neutral webhook: Standard Webhooks 1.0 or CloudEvents 1.0."""

from collections.abc import Mapping

from crm.storefronts import Feed
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
from crm.storefronts._no_coupons import create_coupon, find_coupon, void_coupon
from crm.storefronts._no_hooks import arm_hooks, list_hooks
from crm.storefronts._no_reading import look_up, read_page

__all__ = [
    "HEADERS",
    "arm_hooks",
    "check_secret",
    "create_coupon",
    "delivery_id",
    "find_coupon",
    "handshake",
    "list_hooks",
    "look_up",
    "new_secret",
    "parse",
    "read_page",
    "topic",
    "verify",
    "void_coupon",
]

LABEL = "Standard Webhooks"
OPTIONS: Mapping[str, str] = {}
API: tuple[str, ...] = ()
COUPONS = False
FEEDS: tuple[Feed, ...] = ()
HOOKS: tuple[str, ...] = ()
