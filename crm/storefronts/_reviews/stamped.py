"""Reads Stamped's reviews out of its webhooks."""

from crm.events import Event, Noted, Person
from crm.i18n import mark
from crm.storefronts import Hook
from crm.storefronts._fields import load
from crm.storefronts._reviews.forms import StampedForm
from crm.storefronts._reviews.review import Told, digest_of, event_of, opened

_BOUGHT = ("2", 2)


def read(hook: Hook, topic: str) -> tuple[Event, ...]:
    """Say what a webhook means: a review by its fields, the topics are not written down anywhere.

    Stamped tells no time of an edit, so each picture is dated by its receipt. The author is a
    name for the public, often cut short, and is not taken for the buyer's.
    """
    body = opened(hook)
    if "reviewRating" not in body:
        return (Noted(mark("a topic we do not use"), {"topic": topic}),)
    told = load(StampedForm, body)
    seen = Told(
        external_id=told["id"],
        rating=told["reviewRating"],
        title=told["reviewTitle"],
        body=told["reviewMessage"],
        created_at=told["dateCreated"] or hook.received_at,
        changed_at=hook.received_at,
        person=Person(email=told["customerEmail"]),
        product_id=told["productId"],
        verified=told["reviewVerifiedType"] in _BOUGHT,
        url=told["productUrl"],
    )
    return (event_of(seen, digest_of(body)),)
