"""Makers of rows and events for tests: whole by default, any part may be given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Identity, Order
from crm.events import (
    BuyerChanged,
    BuyerErased,
    ConsentChanged,
    Item,
    OrderChanged,
    OrderDeleted,
    Person,
    ReviewDeleted,
    ReviewPosted,
    Version,
)
from crm.stores.models import Store

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_numbers = count(1)


def make_store(session: Session, **changes: Any) -> Store:
    """Add a tea shop in Berlin that takes euros."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "slug": f"tea-house-{number}",
        "name": "Tea House",
        "platform": "standard",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "locale": "en",
        "country": "DE",
        "url": "https://tea.example.test",
        "settings": {},
        "created_at": NOW - timedelta(days=400),
    }
    store = Store(**(values | changes))
    session.add(store)
    session.flush()
    return store


def make_buyer(session: Session, store: Store, **changes: Any) -> Buyer:
    """Add a buyer with the identities of her e-mail and phone; `external_id` adds a third."""
    number = next(_numbers)
    external_id = changes.pop("external_id", None)
    values: dict[str, Any] = {
        "email": f"buyer{number}@example.test",
        "first_name": "Ada",
        "last_name": "Brew",
        "attributes": {},
        "sources": {},
        "joined_at": NOW - timedelta(days=100),
        "created_at": NOW - timedelta(days=100),
        "updated_at": NOW - timedelta(days=100),
    }
    buyer = Buyer(store_id=store.id, **(values | changes))
    session.add(buyer)
    session.flush()
    names = {"external": external_id, "email": buyer.email, "phone": buyer.phone}
    for kind, value in names.items():
        if value is not None:
            known = value.lower() if kind == "email" else value
            session.add(
                Identity(
                    store_id=store.id,
                    kind=kind,
                    value=known,
                    buyer_id=buyer.id,
                    claim="" if kind == "phone" else None,
                    created_at=NOW,
                )
            )
    session.flush()
    return buyer


def make_order(session: Session, store: Store, buyer: Buyer | None, **changes: Any) -> Order:
    """Add a paid order of 59.90; the buyer's roll-ups are left to `rollups.refresh`."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "external_id": f"made-{number}",
        "number": f"#{number}",
        "status": "open",
        "payment_status": "paid",
        "fulfillment_status": "unfulfilled",
        "placed_at": NOW - timedelta(days=10),
        "paid_at": NOW - timedelta(days=10),
        "currency": store.currency,
        "total_minor": 5990,
        "coupon_codes": [],
        "version_at": NOW - timedelta(days=10),
        "version_rank": 1,
        "version_digest": "",
        "created_at": NOW,
        "updated_at": NOW,
    }
    owner = None if buyer is None else buyer.id
    order = Order(store_id=store.id, buyer_id=owner, **(values | changes))
    session.add(order)
    session.flush()
    return order


def version(at: datetime = NOW, rank: int = 0, digest: str | None = None) -> Version:
    """Make a version; without a digest one is derived from the rest."""
    return Version(at, rank, digest or sha256(f"{at}{rank}".encode()).hexdigest()[:16])


def person(**changes: Any) -> Person:
    """Make what a storefront tells about Ada."""
    told = Person(
        external_id="77",
        email="ada@example.test",
        first_name="Ada",
        last_name="Brew",
        locale="de",
        city="Berlin",
        country="DE",
    )
    return replace(told, **changes)


def order_event(**changes: Any) -> OrderChanged:
    """Make a paid order of two packs of tea for Ada."""
    event = OrderChanged(
        version=version(),
        external_id="1001",
        number="#1001",
        status="open",
        payment_status="paid",
        fulfillment_status="unfulfilled",
        placed_at=NOW - timedelta(hours=1),
        paid_at=NOW - timedelta(minutes=30),
        currency="EUR",
        total_minor=5990,
        person=person(),
        items=(Item("P1", "Green tea", 2, 2995, 5990, variant_id="V1", sku="GT"),),
    )
    return replace(event, **changes)


def order_deleted(**changes: Any) -> OrderDeleted:
    """Make the news that order 1001 was thrown away."""
    return replace(OrderDeleted(version=version(rank=9), external_id="1001"), **changes)


def buyer_event(**changes: Any) -> BuyerChanged:
    """Make a customer record; keywords of a person go into the person."""
    mine = {key: changes.pop(key) for key in ("version",) if key in changes}
    return BuyerChanged(version=mine.get("version", version()), person=person(**changes))


def erased_event(**changes: Any) -> BuyerErased:
    """Make the news that customer 77 was deleted in the storefront."""
    return replace(
        BuyerErased(version=version(rank=9), external_id="77", email="ada@example.test"), **changes
    )


def review_event(**changes: Any) -> ReviewPosted:
    """Make Ada's five-star review of the tea."""
    event = ReviewPosted(
        version=version(),
        external_id="R1",
        rating=5,
        title="Lovely",
        body="Tastes of spring.",
        posted_at=NOW - timedelta(hours=2),
        person=person(),
        product_id="P1",
        order_external_id="1001",
        verified=True,
    )
    return replace(event, **changes)


def review_deleted(**changes: Any) -> ReviewDeleted:
    """Make the news that review R1 was taken down."""
    return replace(ReviewDeleted(version=version(rank=9), external_id="R1"), **changes)


def consent_event(**changes: Any) -> ConsentChanged:
    """Make Ada's own withdrawal from e-mail."""
    event = ConsentChanged(
        version=version(),
        person=person(),
        channel="email",
        status="withdrawn",
        decided_at=NOW,
    )
    return replace(event, **changes)
