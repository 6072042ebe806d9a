"""Brings spooled webhooks into the inbox, in the order they came."""

import threading
from pathlib import Path

import psycopg
import structlog

from crm import config, db, queue
from crm.db import AWAY
from crm.webhooks import inbox, spool

_MOST, _SECONDS = 200, 5.0
_JOB = "crm.webhooks.jobs.drain_inbox"
_log = structlog.get_logger(__name__)
_own = threading.Lock()


def replay_spool() -> int:
    """Move up to 200 spooled webhooks of this machine into the inbox; gives their number.

    Each is committed before its file goes: a crash in between brings it twice, and twice is once.
    One process does it at a time, so that they go in the order they came.
    """
    with spool.emptying() as is_ours:
        moved = sum(map(_move, spool.waiting()[:_MOST])) if is_ours else 0
        if is_ours:
            spool.sweep_drafts()
    if moved:
        queue.ring(_JOB)
    return moved


def empty_soon() -> None:
    """Empty the spool from this process too: there may be no worker on its machine."""
    if _own.acquire(blocking=False):
        threading.Thread(target=_empty, name="spool", daemon=True).start()


def _move(place: Path) -> bool:
    try:
        with db.within(_SECONDS):
            inbox.keep_at_once(spool.read(place))
    except FileNotFoundError:
        return False  # somebody took it away by hand
    except AWAY:
        raise
    except (ValueError, psycopg.Error) as fault:
        _log.error("a spooled webhook cannot be used", fault=type(fault).__name__)
        spool.put_aside(place)
        return False
    spool.remove(place)
    return True


def _empty() -> None:
    pause = threading.Event()
    try:
        while spool.waiting():
            pause.wait(config.settings().sweep_seconds)
            try:
                while replay_spool():
                    pass
            except (*AWAY, OSError) as fault:
                _log.error("the spool waits", fault=type(fault).__name__)
    finally:
        _own.release()
