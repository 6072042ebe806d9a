"""Canonical events: what a webhook or a poll means, whichever platform it came from.

All times are aware UTC, all money is in minor units of the event's currency, all text is cleaned.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Channel = Literal["email", "sms"]


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """How new a platform's picture of a thing is: a total order, so older never overwrites newer.

    `rank` orders states that share a second (a paid order after an open one); `digest` breaks the
    last tie the same way on every machine. It is made of what the event says when it is applied.
    """

    at: datetime
    rank: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Birthday:
    """A day of birth; the year may be unknown, the calendar may be the Chinese lunar one."""

    month: int
    day: int
    year: int | None = None
    calendar: Literal["solar", "lunar"] = "solar"


@dataclass(frozen=True, slots=True)
class Person:
    """Whatever a platform told about a buyer; None is 'not said', never 'erase it'."""

    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    locale: str | None = None
    birthday: Birthday | None = None
    accepts_marketing: bool | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order."""

    product_id: str | None
    title: str
    quantity: int
    unit_price_minor: int
    total_minor: int
    variant_id: str | None = None
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back for an order, as the platform keeps it."""

    external_id: str
    amount_minor: int
    refunded_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Tracking:
    """Where the parcel can be looked up."""

    carrier: str | None = None
    number: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """The whole order as the platform sees it now, whatever topic brought it."""

    version: Version
    external_id: str
    number: str
    status: Literal["open", "cancelled", "closed"]
    payment_status: Literal["unpaid", "paid", "partially_refunded", "refunded"]
    fulfillment_status: Literal["unfulfilled", "partial", "fulfilled", "delivered"]
    placed_at: datetime
    currency: str
    total_minor: int
    discount_minor: int = 0
    refunded_minor: int = 0
    paid_at: datetime | None = None
    fulfilled_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    coupon_codes: tuple[str, ...] = ()
    payment_method: str | None = None
    test: bool = False
    tracking: Tracking | None = None
    person: Person | None = None
    items: tuple[Item, ...] = ()
    refunds: tuple[Refund, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderDeleted:
    """An order thrown away in the storefront: the sale no longer counts."""

    version: Version
    external_id: str


@dataclass(frozen=True, slots=True)
class BuyerChanged:
    """A customer record of the storefront."""

    version: Version
    person: Person


@dataclass(frozen=True, slots=True)
class BuyerErased:
    """A customer deleted or redacted there: the person goes, the sales stay."""

    version: Version
    external_id: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewPosted:
    """A review as it reads now (posted or edited)."""

    version: Version
    external_id: str
    rating: int
    title: str
    body: str
    posted_at: datetime
    person: Person | None = None
    product_id: str | None = None
    order_external_id: str | None = None
    verified: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewDeleted:
    """A review taken down."""

    version: Version
    external_id: str


@dataclass(frozen=True, slots=True)
class ConsentChanged:
    """The buyer's own decision about one channel, with its proof where there is one."""

    version: Version
    person: Person
    channel: Channel
    status: Literal["granted", "withdrawn"]
    decided_at: datetime
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class RefundPosted:
    """One refund of an order, told by itself; it counts beside those the order's picture lists."""

    version: Version
    order_external_id: str
    refund: Refund


@dataclass(frozen=True, slots=True)
class PrivacyAsked:
    """A privacy request that the platform passes on and expects to be answered in time.

    `access`: somebody asks what is kept about her; `erasure`: she is to be erased (a `BuyerErased`
    beside it does that); `shop`: the shop left the platform and asks for everything to be erased.
    """

    version: Version
    kind: Literal["access", "erasure", "shop"]
    request_id: str
    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    order_external_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookUp:
    """News of which only the name came: the thing has to be read in the storefront."""

    version: Version
    kind: Literal["order", "customer", "review", "subscriber"]
    external_id: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A signed webhook that changes nothing for us (a ping, a cart, a topic we do not use)."""

    reason: str
    detail: dict[str, str] = field(default_factory=dict)


Event = (
    OrderChanged
    | OrderDeleted
    | BuyerChanged
    | BuyerErased
    | ReviewPosted
    | ReviewDeleted
    | ConsentChanged
    | RefundPosted
    | PrivacyAsked
    | LookUp
    | Noted
)
