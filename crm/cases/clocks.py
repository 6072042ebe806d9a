"""Until when a case needs its first answer, its next update, its promises and its end (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.stores.settings import CaseClocks

# A quality complaint is settled within three days however patient the shop is otherwise.
_QUALITY_HOURS = 72
_QUALITY_TYPES = ("complaint", "bad_review")
# A parcel has to be looked for and a return has to travel, so these may take twice as long.
_SLOW_TYPES = ("lost_parcel", "late_parcel", "return", "exchange")
_OUR_TURN = ("open", "waiting_us")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the clocks of a case depend on.

    `told_at` is when the buyer last heard from us, `promised_at` are promises not yet kept.
    """

    type: str
    cause: str | None
    state: str
    favoured: bool
    opened_at: datetime
    first_answer_at: datetime | None = None
    told_at: datetime | None = None
    promised_at: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """The running clocks of a case; None is stopped or already met."""

    first_answer_at: datetime | None
    next_update_at: datetime | None
    promise_at: datetime | None
    resolution_at: datetime

    @property
    def next_at(self) -> datetime:
        """The first instant at which something must have happened."""
        running = (self.first_answer_at, self.next_update_at, self.promise_at, self.resolution_at)
        return min(moment for moment in running if moment is not None)


def due(standing: Standing, policy: CaseClocks) -> Due:
    """Work out the clocks of a case; the best buyers' run twice as fast."""
    share = 2 if standing.favoured else 1
    told_at = standing.told_at or standing.first_answer_at
    ours = standing.state in _OUR_TURN
    first = timedelta(hours=policy.first_answer_hours) / share
    update = timedelta(hours=policy.next_update_hours) / share
    end = timedelta(hours=_resolution_hours(standing, policy)) / share
    return Due(
        first_answer_at=standing.opened_at + first if ours and told_at is None else None,
        next_update_at=told_at + update if ours and told_at is not None else None,
        promise_at=min(standing.promised_at, default=None),
        resolution_at=standing.opened_at + end,
    )


def is_overdue(due_at: datetime, state: str, now: datetime) -> bool:
    """Tell whether a case has missed a clock; a closed one never has."""
    return state != "closed" and due_at < now


def _resolution_hours(standing: Standing, policy: CaseClocks) -> int:
    branch = (standing.cause or "").partition("/")[0]
    if branch == "quality" or (not branch and standing.type in _QUALITY_TYPES):
        return min(policy.resolution_hours, _QUALITY_HOURS)
    return policy.resolution_hours * (2 if standing.type in _SLOW_TYPES else 1)
