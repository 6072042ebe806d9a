"""What kept us from reading a storefront, in words; a bug of ours must not stop other stores."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, func

from crm import config, db
from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.logs import place_of

_FIRST_SECONDS = 30.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why it did not work, and how many seconds the storefront wants to be left alone."""

    reason: str
    wait_seconds: float | None = None


def later(seconds: float) -> ColumnElement[datetime]:
    """Give a later instant on the database's own clock: leases and back-off run on real time."""
    return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def next_try(trouble: Trouble, tries: int, most_seconds: float) -> ColumnElement[datetime]:
    """Tell when to try again: after 30 s, doubling up to `most_seconds`, or as long as asked."""
    doubled = min(_FIRST_SECONDS * 2 ** min(tries, 10), most_seconds)
    seconds = max(doubled, trouble.wait_seconds or 0)
    chosen = config.settings()
    return later(min(seconds, 10 * chosen.sweep_seconds) if chosen.test else seconds)


def trouble_of(fault: Exception) -> Trouble:
    """Say what a fault means for a storefront. Raises it again when the database is away."""
    if isinstance(fault, db.AWAY):
        raise fault
    if isinstance(fault, Unavailable):
        return Trouble(fault.reason, fault.retry_after)
    if isinstance(fault, Rejected):
        return Trouble(fault.reason)
    place = place_of(fault)
    _log.error("reading a storefront broke on a fault of ours", fault=place)
    return Trouble(_("A fault of ours: %(place)s.", place=place))
