"""A review as every app tells it, and what it means to us."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm import strict_json
from crm.errors import Rejected
from crm.events import Noted, Person, ReviewDeleted, ReviewPosted, Version
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.storefronts import Hook

_NAME = re.compile(r"[A-Za-z0-9_./-]{1,100}")


@dataclass(frozen=True, slots=True)
class Told:
    """What an app says of one review; `gone`: nobody is to see it any more."""

    external_id: str
    rating: int
    title: str | None
    body: str | None
    created_at: datetime
    changed_at: datetime
    person: Person
    gone: bool = False
    product_id: str | None = None
    order_external_id: str | None = None
    verified: bool = False
    url: str | None = None


def event_of(told: Told, digest: str) -> ReviewPosted | ReviewDeleted | Noted:
    """Say what a review means: it stands, it was taken down, or it has no stars."""
    if told.gone:
        return ReviewDeleted(Version(told.changed_at, 1, digest), told.external_id)
    if not told.rating:
        return Noted(mark("a review without stars"))
    return ReviewPosted(
        version=Version(told.changed_at, 0, digest),
        external_id=told.external_id,
        rating=told.rating,
        title=told.title or "",
        body=told.body or "",
        posted_at=told.created_at,
        person=_somebody(told.person),
        product_id=told.product_id,
        order_external_id=told.order_external_id,
        verified=told.verified,
        url=told.url,
    )


def opened(hook: Hook) -> Mapping[str, Any]:
    """Read the body of a webhook. Raises Rejected when it is no JSON object."""
    body = strict_json.loads(hook.body)
    if not isinstance(body, dict):
        raise Rejected(_("The body is not a JSON object."))
    return body


def digest_of(review: Any) -> str:
    """Hash a review the same way wherever it was read."""
    text = json.dumps(review, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def event_name(hook: Hook) -> str:
    """Read the name of the event out of a body; empty when it cannot be read."""
    try:
        body = json.loads(hook.body)
    except (ValueError, RecursionError):
        return ""
    name = body.get("event") if isinstance(body, dict) else None
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""


def _somebody(person: Person) -> Person | None:
    return person if person.external_id or person.email or person.phone else None
