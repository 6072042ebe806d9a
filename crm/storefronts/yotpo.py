"""Yotpo, a review app beside a shop: webhooks let in by a password, and the list of its reviews.

Yotpo documents no signature; why a password, see docs/decisions.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe

from crm.errors import Rejected
from crm.events import Event
from crm.i18n import gettext as _
from crm.storefronts import ApiAccess, Asked, BadSignature, Feed, Home, Hook, Page, Secrets
from crm.storefronts._no_coupons import create_coupon, find_coupon, void_coupon
from crm.storefronts._no_hooks import arm_hooks, list_hooks
from crm.storefronts._no_reading import look_up
from crm.storefronts._signatures import check_one_of

__all__ = ["arm_hooks", "create_coupon", "find_coupon", "list_hooks", "look_up", "void_coupon"]

LABEL = "Yotpo"
# The password comes in a header, which therefore is not among those that are kept.
HEADERS = ("eventid", "content-type")
OPTIONS: Mapping[str, str] = {}
API = ("key", "secret")  # the app key (store id) and its API secret
COUPONS = False
FEEDS: tuple[Feed, ...] = ("reviews",)
HOOKS: tuple[str, ...] = ()

_USER = "yotpo"
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")


def new_secret() -> str:
    """Make a text that a web address carries unchanged."""
    return token_urlsafe(36)


def check_secret(secret: str) -> None:
    """Refuse signs that a web address would spell otherwise."""
    if not _PLAIN.fullmatch(secret):
        raise Rejected(_("This secret stands in a web address: letters, digits and -._~ only."))


def verify(hook: Hook, secrets: Secrets, _real_now: datetime) -> None:
    """Check the password of the address, https://yotpo:SECRET@…; nothing else is signed.

    Raises BadSignature.
    """
    given = hook.headers.get("authorization", "")
    if not given:
        raise BadSignature
    check_one_of([_basic(secret) for secret in secrets.live], [given])


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
    from crm.storefronts._reviews.yotpo import read

    return read(hook)


def read_page(api: ApiAccess, home: Home, asked: Asked) -> Page:
    """Read one page of reviews. Raises Rejected or Unavailable."""
    from crm.storefronts._reviews import yotpo_interface

    return yotpo_interface.read_page(api, home, asked)


def _basic(secret: str) -> str:
    return "Basic " + base64.b64encode(f"{_USER}:{secret}".encode()).decode()
