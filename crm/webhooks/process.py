"""Works the inbox off: each webhook is understood and applied in a transaction of its own."""

from datetime import datetime
from time import monotonic

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm import config, db, ingest
from crm.db import AWAY, is_collision
from crm.errors import Rejected
from crm.events import Event
from crm.i18n import gettext as _
from crm.logs import place_of
from crm.storefronts import Hook, get_storefront, home_of
from crm.stores.apps import get_app
from crm.stores.models import Store
from crm.stores.queries import get_store_by_id
from crm.webhooks import inbox
from crm.webhooks.inbox import Claimed, End

_BATCH, _MOST, _MOST_SECONDS = 50, 200, 5.0
_TRIES = 4
_log = structlog.get_logger(__name__)


def drain(now: datetime) -> int:
    """Work off up to 200 webhooks or five seconds of them; gives how many were ended."""
    ended, deadline = 0, monotonic() + _MOST_SECONDS
    while ended < _MOST and monotonic() < deadline:
        with db.session() as session:
            batch = inbox.claim_batch(session, _BATCH, now)
        if not batch:
            break
        ended += _work(batch, deadline, now)
    return ended


def _work(batch: list[Claimed], deadline: float, now: datetime) -> int:
    # Half a lease is left to the last one, so that nobody else takes it up meanwhile.
    patience = min(deadline, monotonic() + config.settings().lease_seconds / 2)
    for place, claimed in enumerate(batch):
        if monotonic() > patience:
            with db.session() as session:
                inbox.give_back(session, batch[place:])
            return place
        _end(claimed, now)
    return len(batch)


class _LostClaim(Exception):
    """The lease ran out and another worker has the webhook: what was done here is undone."""


def _end(claimed: Claimed, now: datetime) -> None:
    try:
        _apply(claimed, now)
    except _LostClaim:
        _log.warning("webhook was taken over by another worker", webhook=claimed.id)
    except Rejected as no:
        _fail(claimed, no.reason, now)
    except AWAY as fault:
        if not isinstance(fault, DBAPIError) or not is_collision(fault):
            raise
        _fail(claimed, _("Others changed the same buyer again and again; replay it."), now)
    except Exception as fault:  # noqa: BLE001 - one bad webhook must not stop those behind it
        place = place_of(fault)
        _log.error("webhook broke on a fault of ours", webhook=claimed.id, fault=place)
        _fail(claimed, _("A fault of ours: %(place)s.", place=place), now)


def _apply(claimed: Claimed, now: datetime) -> None:
    for tried in range(1, _TRIES + 1):
        try:
            with db.session() as session:
                store = get_store_by_id(session, claimed.store_id)
                outcomes = [
                    ingest.apply(session, store, event, live=True, now=now)
                    for event in _events(session, claimed, store)
                ]
                if not inbox.settle(session, claimed, End(", ".join(outcomes)), now):
                    raise _LostClaim
            return
        except DBAPIError as fault:
            if tried == _TRIES or not is_collision(fault):
                raise


def _events(session: Session, claimed: Claimed, store: Store) -> tuple[Event, ...]:
    app = None if claimed.platform == store.platform else get_app(session, store, claimed.platform)
    hook = Hook(claimed.body or b"", claimed.headers, claimed.received_at)
    return get_storefront(claimed.platform).parse(hook, home_of(store, app))


def _fail(claimed: Claimed, error: str, now: datetime) -> None:
    with db.session() as session:
        inbox.settle(session, claimed, End(error=error), now)
