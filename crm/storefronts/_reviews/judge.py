"""Reads Judge.me's reviews, which its webhooks and its interface write alike."""

from datetime import datetime
from typing import Any

from crm.events import Event, Noted, Person, ReviewDeleted, ReviewPosted
from crm.i18n import mark
from crm.storefronts import Hook
from crm.storefronts._fields import load
from crm.storefronts._reviews.forms import JudgeForm
from crm.storefronts._reviews.review import Told, digest_of, event_name, event_of, opened

# Judge.me's words for how it knows the buyer; `not-yet` and `nothing` are no.
_VERIFIED = {"ok", "verified", "confirmed-buyer", "verified-purchase", "buyer"}


def read(hook: Hook) -> tuple[Event, ...]:
    """Say what a webhook means. Raises Rejected when it cannot be understood."""
    body, name = opened(hook), event_name(hook)
    if not name.startswith("review/") and not (name == "" and "review" in body):
        return (Noted(mark("a topic we do not use"), {"topic": name}),)
    gone = name in ("review/unpublished", "review/deleted")
    return (read_review(body.get("review"), hook.received_at, gone=gone),)


def read_review(
    review: Any, seen_at: datetime, *, gone: bool = False
) -> ReviewPosted | ReviewDeleted | Noted:
    """Make the event of one review; one without times is dated by when it was seen."""
    told = load(JudgeForm, review, "review")
    created_at = told["created_at"] or told["updated_at"] or seen_at
    seen = Told(
        external_id=told["id"],
        rating=told["rating"],
        title=told["title"],
        body=told["body"],
        created_at=created_at,
        changed_at=told["updated_at"] or created_at,
        person=_person(told["reviewer"] or {}),
        gone=gone or _is_gone(told),
        product_id=told["product_external_id"],
        verified=(told["verified"] or "").lower() in _VERIFIED,
    )
    return event_of(seen, digest_of(review))


def _is_gone(told: dict[str, Any]) -> bool:
    """Tell spam, hidden and unpublished ones from those that only wait to be looked at."""
    curated = (told["curated"] or "").lower()
    if curated == "spam" or told["hidden"]:
        return True
    return told["published"] is False and curated == "ok"


def _person(reviewer: dict[str, Any]) -> Person:
    """Read who wrote; what she accepts there she accepted of Judge.me, not of the shop."""
    first, _space, last = (reviewer.get("name") or "").partition(" ")
    return Person(
        external_id=reviewer.get("external_id"),
        email=reviewer.get("email"),
        phone=_phone(reviewer.get("phone")),
        first_name=first or None,
        last_name=last.strip() or None,
    )


def _phone(phone: str | None) -> str | None:
    """Read a phone number; a row of zeros is how Judge.me fills the field."""
    return phone if phone and phone.strip("+0 -()") else None
