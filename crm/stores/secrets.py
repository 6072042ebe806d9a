"""Webhook secrets: sealed, and two of them good while one is rotated out."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.registry import get_plugin
from crm.signing import seal, unseal
from crm.stores.models import Store, StoreSecret

_OLD_SECRET_LIVES = timedelta(hours=24)


def choose(platform: str, given: str | None) -> str:
    """Take the secret a storefront chose, else make one. Raises Rejected for an unusable one."""
    plugin = get_plugin("crm.storefronts", platform)
    secret = str(given or plugin.new_secret())
    try:
        plugin.check_secret(secret)
    except Rejected as fault:
        raise Rejected(_("The store cannot be connected."), {"secret": fault.reason}) from None
    return secret


def add(session: Session, store_id: int, platform: str, secret: str, now: datetime) -> None:
    """Keep a secret sealed; the empty one of a platform that signs without is nothing to keep."""
    if not secret:
        return
    session.add(
        StoreSecret(store_id=store_id, platform=platform, sealed=seal(secret), created_at=now)
    )
    session.flush()


def rotate_secret(
    session: Session, store: Store, now: datetime, secret: str | None = None, app: str | None = None
) -> str:
    """Give a store, or an app beside it, a new webhook secret; older ones end.

    The present one lives 24 hours more, so that what is under way still gets in. A platform that
    signs with published keys gets none in its place. Raises Rejected where there is none to turn.
    """
    platform = app or store.platform
    fresh = choose(platform, secret)
    rows = session.scalars(_secrets_of(store, platform).order_by(StoreSecret.id.desc())).all()
    if not fresh and not rows:
        raise Rejected(_("This platform signs with keys that it publishes: there is no secret."))
    for row in rows:
        if row.not_after is None:
            row.not_after = now + _OLD_SECRET_LIVES
        else:
            session.delete(row)
    add(session, store.id, platform, fresh, now)
    return fresh


def live_secrets(
    session: Session, store: Store, now: datetime, app: str | None = None
) -> tuple[str, ...]:
    """List the webhook secrets that count now, the newest first."""
    live = or_(StoreSecret.not_after.is_(None), StoreSecret.not_after > now)
    mine = _secrets_of(store, app or store.platform).where(live)
    rows = session.scalars(mine.order_by(StoreSecret.id.desc()))
    return tuple(unseal(row.sealed) for row in rows)


def forget_ended_secrets(session: Session, now: datetime) -> int:
    """Delete secrets whose time is over; gives their number."""
    ended = session.execute(
        delete(StoreSecret).where(StoreSecret.not_after <= now).returning(StoreSecret.id)
    )
    return len(ended.all())


def _secrets_of(store: Store, platform: str) -> Any:
    return select(StoreSecret).where(
        StoreSecret.store_id == store.id, StoreSecret.platform == platform
    )
