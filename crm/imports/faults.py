"""What kept us from reading a storefront, in words; a bug of ours must not stop other stores."""

from dataclasses import dataclass

import structlog

from crm import db
from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.logs import place_of

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why it did not work, and how many seconds the storefront wants to be left alone."""

    reason: str
    wait_seconds: float | None = None


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
