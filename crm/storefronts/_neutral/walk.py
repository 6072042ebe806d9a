"""Walks a list by time: each page begins where the last one ended, so that nothing is left out.

The bookmark holds the time of the last thing seen. What was seen at that very time is read again;
only where a whole page has one single time are things passed over by count, all but a few, since
others may have left the list meanwhile.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import Asked
from crm.storefronts._fields import read_moment

_AGAIN = 10


@dataclass(frozen=True, slots=True)
class Step:
    """Where a page begins: at things of `at` and later, without the first `skip` of them."""

    at: datetime | None
    skip: int = 0
    total: int | None = None

    @property
    def after(self) -> datetime | None:
        """The last millisecond before `at`, for lists that can only be asked for what is later."""
        return None if self.at is None else self.at - timedelta(milliseconds=1)


def first_step(asked: Asked, since: datetime | None) -> Step:
    """Read where to begin: the bookmark of the page before, else `since`. Raises Rejected."""
    if asked.bookmark is None:
        return Step(since)
    try:
        kept = json.loads(asked.bookmark)
        at, skip, total = read_moment(kept["at"]), int(kept["skip"]), kept["total"]
    except (ValueError, TypeError, KeyError):
        raise Rejected(_("The bookmark of this list cannot be read.")) from None
    return Step(at, skip, total if isinstance(total, int) else None)


def times_of(things: list[dict[str, Any]], name: str) -> list[datetime]:
    """Read the times of a page's things; one without a time is passed over."""
    return [moment for thing in things if (moment := read_moment(thing.get(name)))]


def next_bookmark(
    step: Step, times: list[datetime], *, full: bool, total: int | None
) -> str | None:
    """Say where the next page begins; None after a page that was not `full`.

    `times` are those of the page's things, oldest first.
    """
    if not full or not times:
        return None
    same = times[-1] in (times[0], step.at)  # so that each page leads on
    skip = (step.skip if step.at == times[-1] else 0) + max(len(times) - _AGAIN, 1) if same else 0
    counted = step.total if step.total is not None else total
    return json.dumps({"at": times[-1].isoformat(), "skip": skip, "total": counted})
