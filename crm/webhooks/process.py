"""Works the inbox off: webhooks are applied together, and each alone where that fails."""

from contextlib import suppress
from datetime import datetime
from itertools import islice
from time import monotonic

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm import config, db, ingest
from crm.db import AWAY, is_collision
from crm.errors import Rejected
from crm.events import BuyerErased, Event
from crm.i18n import gettext as _
from crm.logs import place_of
from crm.storefronts import Hook, get_storefront, home_of
from crm.stores.apps import get_app, told_by
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
    alone = batch if monotonic() > patience else _together(batch, now)
    done = len(batch) - len(alone)
    for place, claimed in enumerate(alone):
        if monotonic() > patience:
            with db.session() as session:
                inbox.give_back(session, alone[place:])
            return done + place
        _end(claimed, now)
    return len(batch)


def _together(batch: list[Claimed], now: datetime) -> list[Claimed]:
    """Apply what can be applied in one transaction a store; gives what has to be tried alone.

    One that fails takes the others of its store back with it, and each is tried alone.
    """
    alone: list[Claimed] = []
    for store_id in dict.fromkeys(claimed.store_id for claimed in batch):
        claims = [claimed for claimed in batch if claimed.store_id == store_id]
        try:
            with db.session() as session:
                alone += _apply_all(session, store_id, claims, now)
        except Exception as fault:  # noqa: BLE001 - whose fault it is shows when each is alone
            _log.warning("webhooks are applied one by one", fault=place_of(fault))
            alone += claims
    return sorted(alone, key=lambda claimed: claimed.id)


def _apply_all(
    session: Session, store_id: int, claims: list[Claimed], now: datetime
) -> list[Claimed]:
    """Apply and settle claims of a store; gives those that cannot be understood, untouched."""
    store = get_store_by_id(session, store_id)
    understood: list[tuple[Claimed, tuple[Event, ...]]] = []
    for claimed in claims:
        with suppress(Exception):
            understood.append((claimed, _events(session, claimed, store)))
    events = [event for _claimed, told in understood for event in told]
    outcomes = iter(ingest.apply_all(session, store, events, live=True, now=now))
    ended = [(claimed, ", ".join(islice(outcomes, len(told)))) for claimed, told in understood]
    if not inbox.settle_all(session, ended, now):
        raise _LostClaim
    inbox.forget_bodies(session, store_id, _about_erased(understood))
    done = {claimed.id for claimed, _outcome in ended}
    return [claimed for claimed in claims if claimed.id not in done]


def _about_erased(understood: list[tuple[Claimed, tuple[Event, ...]]]) -> list[int]:
    """List the webhooks that erased somebody, and those beside them that name her address."""
    erasures = [
        (claimed.id, event.email)
        for claimed, told in understood
        for event in told
        if isinstance(event, BuyerErased)
    ]
    addresses = [email.lower().encode() for _id, email in erasures if email]
    named = [
        claimed.id
        for claimed, _told in understood
        if any(address in (claimed.body or b"").lower() for address in addresses)
    ]
    return [webhook_id for webhook_id, _email in erasures] + named


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
                told = _events(session, claimed, store)
                outcomes = [ingest.apply(session, store, one, live=True, now=now) for one in told]
                if not inbox.settle(session, claimed, End(", ".join(outcomes)), now):
                    raise _LostClaim
                inbox.forget_bodies(session, store.id, _about_erased([(claimed, told)]))
            return
        except DBAPIError as fault:
            if tried == _TRIES or not is_collision(fault):
                raise


def _events(session: Session, claimed: Claimed, store: Store) -> tuple[Event, ...]:
    platform = get_storefront(claimed.platform)
    hook = Hook(claimed.body or b"", claimed.headers, claimed.received_at)
    if claimed.platform == store.platform:
        return platform.parse(hook, home_of(store))
    app = get_app(session, store, claimed.platform)
    return told_by(app.platform, platform.parse(hook, home_of(store, app)))


def _fail(claimed: Claimed, error: str, now: datetime) -> None:
    with db.session() as session:
        inbox.settle(session, claimed, End(error=error), now)
