"""Watches the webhooks in a storefront: what it switched off is switched on again and told of."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from crm import db, instance
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.imports import reconcile
from crm.imports.faults import trouble_of
from crm.imports.models import HookCheck
from crm.imports.sources import Source, list_sources
from crm.storefronts import RegisteredHook, get_storefront
from crm.stores.access import api_access
from crm.stores.apps import list_apps
from crm.stores.queries import get_store_by_id, list_stores
from crm.stores.secrets import live_secrets
from crm.stores.settings import read_settings

_Hooks = tuple[RegisteredHook, ...]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Watched:
    source: Source
    secret: str
    may_arm: bool
    known: tuple[str, ...]  # topics that were registered, or told to be off, when we last looked


def check_all(now: datetime) -> int:
    """Look at the webhooks of every store that can be asked; gives how many were mended.

    A restored or copied instance is on hold and asks nobody: the shop is not its own.
    """
    with db.session() as session:
        if instance.is_held(session):
            return 0
        ids = [store.id for store in list_stores(session, None)]
    return sum(_check(one, now) for store_id in ids for one in _reachable(store_id, now))


def arm(store_id: int, now: datetime) -> list[RegisteredHook]:
    """Register the missing webhooks of a store and switch on what is off; gives all there are.

    Calls the storefront: not inside a transaction. Raises Rejected or Unavailable.
    """
    found: list[RegisteredHook] = []
    for one in _all_watched(store_id, now):
        source = one.source
        hooks = source.plugin.arm_hooks(source.api, source.address, one.secret)
        _record(one, hooks, now, _off(one, hooks))
        found += hooks
    _read_what_was_missed(store_id, now)
    return found


def look(store_id: int, now: datetime) -> list[RegisteredHook]:
    """List the webhooks of a store as its storefront has them now.

    Calls the storefront: not inside a transaction. Raises Rejected or Unavailable.
    """
    return [
        hook
        for one in _all_watched(store_id, now)
        for hook in one.source.plugin.list_hooks(one.source.api, one.source.address)
    ]


def _reachable(store_id: int, now: datetime) -> list[_Watched]:
    try:
        with db.session() as session:
            return _watched(session, store_id, now)
    except Rejected as no:  # such as a key that cannot be unsealed: an alarm tells of it
        _log.error("a store's webhooks cannot be looked at", store=store_id, reason=no.reason)
        return []


def _all_watched(store_id: int, now: datetime) -> list[_Watched]:
    with db.session() as session:
        found = _watched(session, store_id, now)
        store = get_store_by_id(session, store_id)
        if not found and get_storefront(store.platform).HOOKS:
            api_access(store)  # says what is missing
    if not found:
        raise Rejected(_("The webhooks of this store are set up in the storefront, by hand."))
    return found


def _watched(session: Session, store_id: int, now: datetime) -> list[_Watched]:
    store = get_store_by_id(session, store_id)
    apps = {app.platform for app in list_apps(session, store_id)}
    found = []
    for source in list_sources(session, store):
        if not source.plugin.HOOKS:
            continue
        app = source.platform if source.platform in apps else None
        secrets = live_secrets(session, store, now, app)
        last = session.get(HookCheck, (store_id, source.platform))
        told = (*last.hooks, *last.faults) if last else ()
        known = tuple(str(hook["topic"]) for hook in told)
        may_arm = read_settings(store).intake.rearm_webhooks
        found.append(_Watched(source, secrets[0] if secrets else "", may_arm, known))
    return found


def _check(one: _Watched, now: datetime) -> int:
    source = one.source
    try:
        hooks = source.plugin.list_hooks(source.api, source.address)
        off = _off(one, hooks)
        if off and one.may_arm:
            hooks = source.plugin.arm_hooks(source.api, source.address, one.secret)
    except Exception as fault:  # noqa: BLE001 - one store's trouble must not stop the others
        _note_error(one, trouble_of(fault).reason, now)
        return 0
    still_off = _off(one, hooks)
    _record(one, hooks, now, still_off or off, rearmed=not still_off)
    if len(still_off) == len(off):
        return 0
    _log.warning("webhooks were off and are on again", platform=source.platform, count=len(off))
    _read_what_was_missed(source.store_id, now)
    return len(off) - len(still_off)


def _off(one: _Watched, hooks: _Hooks) -> list[str]:
    """Name the topics that were on once and are off or gone; one never registered is no fault."""
    active = {hook.topic for hook in hooks if hook.active}
    listed = {hook.topic for hook in hooks} | set(one.known)
    return [topic for topic in one.source.plugin.HOOKS if topic in listed - active]


def _read_what_was_missed(store_id: int, now: datetime) -> None:
    with suppress(Rejected), db.session() as session:  # where nothing can be listed
        reconcile.begin(session, get_store_by_id(session, store_id), now)


def _record(
    one: _Watched, hooks: _Hooks, now: datetime, off: list[str], *, rearmed: bool = False
) -> None:
    with db.session() as session:
        row = _row(session, one, now)
        row.hooks = [asdict(hook) for hook in hooks]
        row.error = None
        row.faults = _faults(off, now) if off else _still_told(row, now)
        if off:
            row.rearmed_at = now if rearmed else None


def _faults(off: list[str], now: datetime) -> list[Any]:
    return [{"topic": topic, "seen_at": now.isoformat()} for topic in off]


def _still_told(row: HookCheck, now: datetime) -> list[Any]:
    """Keep telling for a day of what was switched on again."""
    return row.faults if row.rearmed_at and (now - row.rearmed_at).days < 1 else []


def _note_error(one: _Watched, reason: str, now: datetime) -> None:
    with db.session() as session:
        _row(session, one, now).error = reason[:2000]


def _row(session: Session, one: _Watched, now: datetime) -> HookCheck:
    key = (one.source.store_id, one.source.platform)
    row = session.get(HookCheck, key)
    if row is None:
        row = HookCheck(store_id=key[0], platform=key[1], checked_at=now, hooks=[], faults=[])
        session.add(row)
    row.checked_at = now
    return row
