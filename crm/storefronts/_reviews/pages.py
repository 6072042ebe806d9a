"""Turns lists of reviews, which carry page numbers only, into pages of ours."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from crm.errors import Rejected
from crm.events import Event, Noted
from crm.i18n import gettext as _
from crm.storefronts import Asked, Picture

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
Reader = Callable[[Any, datetime], Event]


def page_number(asked: Asked) -> int:
    """Read our bookmark: the number of the page to read, the first without one."""
    said = asked.bookmark or "1"
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        raise Rejected(_("This is not a place in a list of reviews."))
    return max(int(said), 1)


def pictures(found: Sequence[Any], reader: Reader, since: datetime | None) -> tuple[Picture, ...]:
    """Make pictures of what changed at or after `since`; an odd one becomes a fault."""
    made = (_picture(review, reader) for review in found)
    return tuple(one for one in made if since is None or _is_news(one.events, since))


def listed(body: Any, *names: str) -> list[Any]:
    """Find the list below some names of an answer. Raises Rejected when there is none."""
    found = body
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise Rejected(_("The answer of the review app is not a list of reviews."))
    return found


def _picture(review: Any, reader: Reader) -> Picture:
    said = review.get("id") if isinstance(review, dict) else None
    name = str(said)[:200] if isinstance(said, int | str) else "?"
    try:
        return Picture(name, (reader(review, _NEVER),))
    except Rejected as no:
        return Picture(name, fault=no.reason)


def _is_news(events: Iterable[Event], since: datetime) -> bool:
    """Tell what is new, and what cannot be dated and so might be."""
    dated = [event for event in events if not isinstance(event, Noted)]
    return not dated or any(event.version.at >= since for event in dated)
