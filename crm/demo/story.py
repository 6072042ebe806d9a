"""What happens in the sample shops: people, sales, opinions, and the news about them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Topic = Literal[
    "registered",
    "placed",
    "paid",
    "shipped",
    "delivered",
    "cancelled",
    "refunded",
    "reviewed",
    "review_edited",
]


@dataclass(frozen=True, slots=True)
class Product:
    """Something on the shelf; its price is in minor units of the shop's currency."""

    id: int
    sku: str
    title: str
    price_minor: int


@dataclass(frozen=True, slots=True)
class Person:
    """A buyer as only the storyteller knows her."""

    id: int
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    locale: str
    city: str
    region: str
    postcode: str
    country: str
    birthday: str | None
    consent: bool | None
    habit: Literal["loyal", "regular", "once"]
    account: Literal["member", "guest", "later"]
    unlucky: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """So many of one product."""

    product: Product
    quantity: int


@dataclass(slots=True)
class Sale:
    """An order with everything that will ever happen to it."""

    id: int
    person: Person
    lines: tuple[Line, ...]
    currency: str
    as_guest: bool
    shipping_minor: int
    placed_at: datetime
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    refunded_at: datetime | None = None
    refund_minor: int = 0
    refund_reason: str = ""
    mood: int = 5
    coupon: str | None = None
    discount_minor: int = 0

    @property
    def goods_minor(self) -> int:
        """What the goods cost before any discount."""
        return sum(line.product.price_minor * line.quantity for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What was asked for."""
        return self.goods_minor - self.discount_minor + self.shipping_minor

    def happened(self, moment: datetime | None, at: datetime) -> datetime | None:
        """Give a moment of the sale if it lies in the past of `at`."""
        return moment if moment is not None and moment <= at else None


@dataclass(slots=True)
class Opinion:
    """A review and what became of it."""

    id: int
    sale: Sale
    rating: int
    title: str
    body: str
    posted_at: datetime
    edited_at: datetime | None = None
    edited_rating: int | None = None

    def rating_at(self, at: datetime) -> int:
        """Tell how many stars it has at a moment."""
        edited = self.edited_at is not None and self.edited_at <= at
        return self.edited_rating if edited and self.edited_rating else self.rating


@dataclass(frozen=True, slots=True, order=True)
class News:
    """Something the shop tells the product: how things stood at `as_of`, sent at `due_at`."""

    due_at: datetime
    turn: int
    topic: Topic = field(compare=False)
    as_of: datetime = field(compare=False)
    about: Person | Sale | Opinion = field(compare=False)


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that happens in one shop."""

    people: tuple[Person, ...]
    sales: tuple[Sale, ...]
    opinions: tuple[Opinion, ...]
