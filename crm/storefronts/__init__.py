"""Storefront platforms: one file each, found by its name; this page says what each defines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol, cast

from crm.events import Event, LookUp
from crm.registry import get_plugin, keys
from crm.stores.access import ApiAccess
from crm.stores.models import Store, StoreApp

__all__ = [
    "ApiAccess",
    "Asked",
    "BadSignature",
    "Feed",
    "Home",
    "Hook",
    "MadeCoupon",
    "Page",
    "Picture",
    "RegisteredHook",
    "Secrets",
    "Storefront",
    "WantedCoupon",
    "get_storefront",
    "home_of",
    "platforms",
]


# What a storefront can list, in the order in which it is best read.
Feed = Literal["customers", "orders", "reviews"]


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


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page to read: of what changed at or after `since`, None from the beginning.

    `bookmark` is what the page before gave; None asks for the first.
    """

    feed: Feed
    since: datetime | None
    bookmark: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One thing of a page: what it means, or the `fault` that keeps it from being understood."""

    external_id: str
    events: tuple[Event, ...] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of things, oldest change first; `bookmark` leads to the next, None after the last.

    Pages may overlap but leave nothing out, also while things change. `total` counts the things
    of all pages, where the storefront says so.
    """

    pictures: tuple[Picture, ...]
    bookmark: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class RegisteredHook:
    """A webhook as the storefront has it; `active` False: it was switched off there."""

    external_id: str
    topic: str
    address: str
    active: bool


class Storefront(Protocol):
    """A platform's module.

    The first six functions serve the door: they read bytes and headers only and import nothing
    heavy. Those that take an `api` call the storefront: never inside a transaction.
    """

    LABEL: str
    HEADERS: tuple[str, ...]  # beginnings of the header names that are kept with the body
    OPTIONS: Mapping[str, str]  # what `crm store add --option` may set, with its default
    API: tuple[str, ...]  # parts of ApiAccess its interface needs; none: it has none for us
    COUPONS: bool  # whether codes can be made through the interface; if not, those three refuse
    FEEDS: tuple[Feed, ...]  # what the interface can list; without any, `read_page` refuses
    HOOKS: tuple[str, ...]  # topics of the webhooks we want and can register; none: by hand only

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

    def read_page(self, api: ApiAccess, home: Home, asked: Asked) -> Page:
        """Read one page of what changed. Raises Rejected or Unavailable."""

    def look_up(self, api: ApiAccess, home: Home, wanted: LookUp) -> tuple[Event, ...]:
        """Read one thing as it is now; what is gone is said so. Raises Rejected or Unavailable."""

    def list_hooks(self, api: ApiAccess, address: str) -> tuple[RegisteredHook, ...]:
        """List the webhooks that post to our address. Raises Rejected or Unavailable."""

    def arm_hooks(self, api: ApiAccess, address: str, secret: str) -> tuple[RegisteredHook, ...]:
        """Register the HOOKS that are missing and switch on what is off; twice is once."""


def platforms() -> list[str]:
    """List the platforms there are."""
    return keys(__name__)


def get_storefront(platform: str) -> Storefront:
    """Load a platform. Raises NotFound naming those there are."""
    return cast(Storefront, get_plugin(__name__, platform))


def home_of(store: Store, app: StoreApp | None = None) -> Home:
    """Read what parsing needs to know about a store, or about an app beside it."""
    said = store if app is None else app
    options = {**get_storefront(said.platform).OPTIONS, **said.options}
    return Home(store.currency, store.timezone, store.country, store.locale, options)
