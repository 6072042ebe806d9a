"""Reads reviews, which WooCommerce has no topic for: our plugin in the shop posts them."""

from datetime import datetime
from typing import Any

from crm.events import Noted, Person, ReviewDeleted, ReviewPosted, Version
from crm.i18n import mark
from crm.storefronts import Home
from crm.storefronts._fields import load
from crm.storefronts._woo.arrival import Arrival
from crm.storefronts._woo.forms import GoneForm, ReviewForm
from crm.storefronts._woo.people import known_id
from crm.storefronts._woo.texts import plain

_AWAY = {"spam", "trash"}


def read_review(arrival: Arrival, _home: Home) -> ReviewPosted | ReviewDeleted | Noted:
    """Make the event of a review as it reads now; one in the spam is gone."""
    told = load(ReviewForm, arrival.thing)
    at = told["date_modified_gmt"] or _seen_at(told, arrival)
    if told["status"] in _AWAY:
        return ReviewDeleted(Version(at, 1, arrival.digest), told["id"])
    if not told["rating"]:
        return Noted(mark("a review without stars"))
    first, _space, last = (told["reviewer"] or "").partition(" ")
    return ReviewPosted(
        version=Version(at, 0, arrival.digest),
        external_id=told["id"],
        rating=told["rating"],
        title=plain(told["title"]),
        body=plain(told["review"]),
        posted_at=told["date_created_gmt"] or arrival.received_at,
        person=Person(
            external_id=known_id(told["customer_id"]) or _linked_reviewer(arrival.thing),
            email=told["reviewer_email"],
            first_name=first or None,
            last_name=last or None,
        ),
        product_id=known_id(told["product_id"]),
        order_external_id=known_id(told["order_id"]),
        verified=bool(told["verified"]),
        url=told["permalink"],
    )


def _linked_reviewer(thing: Any) -> str | None:
    """Read the account of the reviewer from the link that is all the interface says of it."""
    links = thing.get("_links")
    found = links.get("reviewer") if isinstance(links, dict) else None
    first = found[0] if isinstance(found, list) and found else None
    href = str(first.get("href", "")) if isinstance(first, dict) else ""
    number = href.rstrip("/").rpartition("/")[2][:20]
    return known_id(number) if number.isascii() and number.isdigit() else None


def _seen_at(told: dict[str, Any], arrival: Arrival) -> datetime:
    """Date a picture: WordPress keeps no time of an edit, so its receipt has to do."""
    created_at: datetime | None = told["date_created_gmt"]
    is_new = arrival.topic == "review.created"
    return created_at if is_new and created_at else arrival.received_at


def read_gone(arrival: Arrival, _home: Home) -> ReviewDeleted:
    """Make the event of a review taken down."""
    told = load(GoneForm, arrival.thing)
    return ReviewDeleted(Version(arrival.received_at, 1, arrival.digest), told["id"])
