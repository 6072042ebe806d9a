"""Quiet hours: circular windows of the buyer's own day, summer time included. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.stores.settings import QuietHours


def is_quiet(at: datetime, zone: ZoneInfo, quiet: QuietHours) -> bool:
    """Tell whether `at` (UTC) lies in the quiet window on the clock of `zone`."""
    if quiet.start == quiet.end:
        return False
    local = at.astimezone(zone).time()
    if quiet.start < quiet.end:
        return quiet.start <= local < quiet.end
    return local >= quiet.start or local < quiet.end


def next_allowed(at: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """Find the first instant (UTC) at or after `at` that is not quiet in `zone`."""
    if not is_quiet(at, zone, quiet):
        return at
    today = at.astimezone(zone).date()
    ends = [datetime.combine(today + timedelta(days), quiet.end) for days in range(3)]
    # A window's end met twice in autumn opens twice: both meetings count.
    opens = [local_instant(end, zone, fold=fold) for end in ends for fold in (0, 1)]
    return min(end for end in opens if end > at and not is_quiet(end, zone, quiet))


def local_instant(wall: datetime, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    """Turn a wall-clock time into UTC: a time skipped in spring becomes the first valid one
    after the gap, a time met twice in autumn the first of the two (the second with `fold=1`)."""
    early = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    before, after = wall - timedelta(hours=3), wall + timedelta(hours=3)
    shift = _offset(after, zone) - _offset(before, zone)
    low = early - shift
    while low.astimezone(zone).replace(tzinfo=None) < wall:
        low += timedelta(minutes=1)
    return low


def _offset(wall: datetime, zone: ZoneInfo) -> timedelta:
    return wall.replace(tzinfo=zone).utcoffset() or timedelta()
