"""Reads things of which only the name came, one by one, and takes them into the books."""

from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from crm import config, db
from crm.errors import NotFound
from crm.events import LookUp, Version
from crm.imports.faults import Trouble, later, next_try, trouble_of
from crm.imports.reading import take
from crm.imports.sources import get_source
from crm.stores.models import StoreLookup

_BATCH, _MOST_SECONDS = 10, 20.0
_LAST_SECONDS = 6 * 3600.0
# Three weeks and more at the longest pause.
_MOST_TRIES = 100
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Due:
    store_id: int
    platform: str
    kind: Any
    external_id: str
    asked_at: datetime
    mentions: int
    tries: int


def look_up_due(now: datetime) -> int:
    """Look up what is due, up to 20 seconds of it; gives how many things were settled."""
    settled, deadline = 0, monotonic() + _MOST_SECONDS
    while monotonic() < deadline:
        with db.session() as session:
            batch = _claim(session)
        if not batch:
            break
        settled += sum(_settle(due, now) for due in batch)
    return settled


def _claim(session: Session) -> list[_Due]:
    """Claim by putting off: whoever dies over them leaves them to the next after the lease."""
    chosen = (
        select(StoreLookup)
        .where(StoreLookup.not_before <= func.clock_timestamp())
        .order_by(StoreLookup.not_before)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = session.scalars(chosen).all()
    for row in rows:
        row.not_before = later(config.settings().lease_seconds + 60)
    return [
        _Due(
            store_id=row.store_id,
            platform=row.platform,
            kind=row.kind,
            external_id=row.external_id,
            asked_at=row.asked_at,
            mentions=row.mentions,
            tries=row.tries,
        )
        for row in rows
    ]


def _settle(due: _Due, now: datetime) -> int:
    try:
        with db.session() as session:
            source = get_source(session, due.store_id, due.platform)
        wanted = LookUp(Version(due.asked_at), due.kind, due.external_id)
        events = source.plugin.look_up(source.api, source.home, wanted)
        take(due.store_id, events, live=True, now=now)
    except NotFound as no:
        _log.warning("a thing is no longer in the storefront", kind=due.kind, reason=no.reason)
    except Exception as fault:  # noqa: BLE001 - one thing's trouble must not stop the others
        trouble = trouble_of(fault)
        with db.session() as session:
            if due.tries + 1 < _MOST_TRIES:
                _put_off(session, due, trouble)
            else:
                _give_up(session, due)
        return 0
    with db.session() as session:
        _forget(session, due)
    return 1


def _forget(session: Session, due: _Due) -> None:
    """Forget a thing that was read; one mentioned again meanwhile is read once more, at once."""
    same = (StoreLookup.mentions == due.mentions) & (StoreLookup.asked_at == due.asked_at)
    gone = delete(StoreLookup).where(*_mine(due), same)
    if not session.execute(gone.returning(StoreLookup.kind)).first():
        again = update(StoreLookup).where(*_mine(due))
        session.execute(again.values(not_before=func.clock_timestamp(), tries=0, error=None))


def _put_off(session: Session, due: _Due, trouble: Trouble) -> None:
    not_before = next_try(trouble, due.tries, _LAST_SECONDS)
    session.execute(
        update(StoreLookup)
        .where(*_mine(due))
        .values(tries=StoreLookup.tries + 1, error=trouble.reason[:2000], not_before=not_before)
    )


def _give_up(session: Session, due: _Due) -> None:
    """Forget a thing after weeks: what changed is listed besides, and refused there in words."""
    _log.error("a thing could never be read", kind=due.kind, tries=due.tries)
    session.execute(delete(StoreLookup).where(*_mine(due)))


def _mine(due: _Due) -> tuple[Any, ...]:
    return (
        StoreLookup.store_id == due.store_id,
        StoreLookup.platform == due.platform,
        StoreLookup.kind == due.kind,
        StoreLookup.external_id == due.external_id,
    )
