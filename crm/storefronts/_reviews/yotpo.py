"""Reads Yotpo's reviews, which its webhooks and its interface write in kindred shapes."""

from datetime import datetime
from typing import Any

from crm.events import Event, Noted, Person, ReviewDeleted, ReviewPosted
from crm.i18n import mark
from crm.storefronts import Hook
from crm.storefronts._fields import load
from crm.storefronts._reviews.forms import YotpoForm
from crm.storefronts._reviews.review import Told, digest_of, event_name, event_of, opened


def read(hook: Hook) -> tuple[Event, ...]:
    """Say what a webhook means. Raises Rejected when it cannot be understood."""
    body, name = opened(hook), event_name(hook)
    if not name.startswith("review_"):
        return (Noted(mark("a topic we do not use"), {"topic": name}),)
    return (read_review(body.get("data"), hook.received_at, place="data"),)


def read_review(
    review: Any, seen_at: datetime, place: str = ""
) -> ReviewPosted | ReviewDeleted | Noted:
    """Make the event of one review; the display name is for the public and is not taken."""
    told = load(YotpoForm, review, place)
    created_at = told["created_at"] or told["updated_at"] or seen_at
    seen = Told(
        external_id=told["id"],
        rating=told["score"],
        title=told["title"],
        body=told["content"],
        created_at=created_at,
        changed_at=told["updated_at"] or created_at,
        person=Person(email=told["customer_email"] or told["email"]),
        gone=bool(told["deleted"] or told["archived"]),
        product_id=told["external_product_id"] or told["sku"],
        order_external_id=told["external_order_id"] or (told["order"] or {}).get("external_id"),
        verified=bool(told["verified_buyer"]) or told["reviewer_type"] == "verified_buyer",
    )
    return event_of(seen, digest_of(review))
