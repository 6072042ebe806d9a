"""Brings spooled webhooks into the inbox, in the order they came."""

import structlog
from sqlalchemy.exc import IntegrityError

from crm import db, queue
from crm.webhooks import inbox, spool

_MOST = 200
_log = structlog.get_logger(__name__)


def replay_spool() -> int:
    """Move up to 200 spooled webhooks into the inbox; gives their number.

    Each is committed before its file goes: a crash in between brings it twice, and twice is once.
    """
    moved = 0
    for place in spool.waiting()[:_MOST]:
        try:
            delivery = spool.read(place)
            with db.session() as session:
                inbox.keep(session, delivery)
        except FileNotFoundError:
            continue  # another worker was faster
        except (ValueError, IntegrityError) as fault:
            _log.error("a spooled webhook cannot be used", fault=type(fault).__name__)
            spool.put_aside(place)
            continue
        spool.remove(place)
        moved += 1
    if moved:
        queue.ring("crm.webhooks.jobs.drain_inbox")
    return moved
