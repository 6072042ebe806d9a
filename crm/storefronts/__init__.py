"""Storefront platforms: one file each, found by its name; this page says what each defines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol, cast

from crm.events import Event
from crm.registry import get_plugin, keys
from crm.stores.connect import ApiAccess
from crm.stores.models import Store

__all__ = [
    "ApiAccess",
    "BadSignature",
    "Home",
    "Hook",
    "MadeCoupon",
    "Secrets",
    "Storefront",
    "WantedCoupon",
    "get_storefront",
    "home_of",
    "platforms",
]


class BadSignature(Exception):
    """A webhook that nobody who knows the store's secret has sent."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook as it came: raw body, header names in lower case, our own time of receipt."""

    body: bytes
    headers: Mapping[str, str]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a store's webhooks are verified with; `live` may hold two while one is rotated out."""

    live: tuple[str, ...]
    public_key: str | None = None
    jwks_url: str | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """What a store lends to webhooks that leave it out; `options` are the platform's own."""

    currency: str
    timezone: str
    country: str | None
    locale: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WantedCoupon:
    """A code to be made: `percent` or `amount_minor`, good up to and including `expires_at`."""

    code: str
    percent: int | Decimal | None
    amount_minor: int | None
    currency: str
    minimum_minor: int | None
    expires_at: datetime
    email: str | None
    single_use: bool


@dataclass(frozen=True, slots=True)
class MadeCoupon:
    """A code as the storefront keeps it; `expires_at` None never expires."""

    external_id: str
    code: str
    percent: int | Decimal | None
    amount_minor: int | None
    expires_at: datetime | None
    usage_limit: int | None


class Storefront(Protocol):
    """A platform's module.

    The first six serve the door: they read bytes and headers only and import nothing heavy.
    """

    LABEL: str
    HEADERS: tuple[str, ...]  # beginnings of the header names that are kept with the body
    OPTIONS: Mapping[str, str]  # what `crm store add --option` may set, with its default
    COUPONS: bool  # whether codes can be made through an API; if not, the three last refuse

    def new_secret(self) -> str:
        """Make a webhook secret the way the platform writes one."""

    def check_secret(self, secret: str) -> None:
        """Refuse a secret the platform could not use. Raises Rejected."""

    def verify(self, hook: Hook, secrets: Secrets, real_now: datetime) -> None:
        """Check the signature over the raw body. Raises BadSignature."""

    def handshake(self, hook: Hook) -> bool:
        """Tell whether this is the platform asking if we are there, unsigned and without news."""

    def delivery_id(self, hook: Hook) -> str:
        """Name the delivery: the same for every repeat, another for other news."""

    def topic(self, hook: Hook) -> str:
        """Name what the webhook is about, whatever its body holds."""

    def parse(self, hook: Hook, home: Home) -> tuple[Event, ...]:
        """Say what the webhook means. Raises Rejected when it cannot be understood."""

    def create_coupon(self, api: ApiAccess, wanted: WantedCoupon) -> MadeCoupon:
        """Make a code, or adopt it where it exists. Raises Rejected or Unavailable."""

    def find_coupon(self, api: ApiAccess, code: str) -> MadeCoupon | None:
        """Look a code up. Raises Rejected or Unavailable."""

    def void_coupon(self, api: ApiAccess, external_id: str) -> None:
        """Take a code away; twice is once. Raises Rejected or Unavailable."""


def platforms() -> list[str]:
    """List the platforms there are."""
    return keys(__name__)


def get_storefront(platform: str) -> Storefront:
    """Load a platform. Raises NotFound naming those there are."""
    return cast(Storefront, get_plugin(__name__, platform))


def home_of(store: Store) -> Home:
    """Read what parsing needs to know about a store."""
    options = {**get_storefront(store.platform).OPTIONS, **store.options}
    return Home(store.currency, store.timezone, store.country, store.locale, options)
