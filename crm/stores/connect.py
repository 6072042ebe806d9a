"""Connects a storefront: checks what is said about it, seals its credentials, turns its secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from crm import config
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.registry import get_plugin
from crm.signing import seal, unseal
from crm.stores import checks
from crm.stores.models import Store, StoreSecret
from crm.stores.slugs import free_slug

_OLD_SECRET_LIVES = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NewStore:
    """What a seller says about a store to connect; None takes the default."""

    name: str
    platform: str
    currency: str
    timezone: str
    locale: str | None = None
    country: str | None = None
    url: str | None = None
    secret: str | None = field(default=None, repr=False)
    api_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    api_secret: str | None = field(default=None, repr=False)
    public_key: str | None = None
    jwks_url: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """How a storefront's own interface is reached, and the currency its amounts are in."""

    url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    currency: str = "EUR"


_CHECKS: Mapping[str, checks.Check] = {
    "name": checks.check_name,
    "platform": checks.check_platform,
    "currency": checks.check_currency,
    "timezone": checks.check_timezone,
    "locale": checks.check_locale,
    "country": checks.check_country,
    "url": checks.check_url,
    "secret": checks.check_text,
    "api_url": checks.check_url,
    "api_key": checks.check_text,
    "api_secret": checks.check_text,
    "public_key": checks.check_text,
    "jwks_url": checks.check_url,
}
_FIXED = ("platform", "currency")
_NEEDED = ("name", "timezone", "locale")


def connect_store(session: Session, new: NewStore, now: datetime) -> tuple[Store, str]:
    """Connect a store; gives it with its webhook secret. Raises Rejected with errors by field."""
    said = {part.name: getattr(new, part.name) for part in fields(new)}
    kept = _checked({name: value for name, value in said.items() if value is not None})
    secret = (
        kept.pop("secret", None) or get_plugin("crm.storefronts", kept["platform"]).new_secret()
    )
    _check_secret(kept["platform"], secret)
    store = Store(slug=free_slug(session, kept["name"]), settings={}, options={}, created_at=now)
    _write(store, {"locale": "en", **kept})
    store.url = store.url or _origin(store.api_url)
    session.add(store)
    session.flush()
    _add_secret(session, store, secret, now)
    return store, secret


def change_store(
    session: Session, store: Store, changes: Mapping[str, Any], _now: datetime
) -> Store:
    """Change what was said about a store; None takes a value away. Raises Rejected by field."""
    _refuse_fixed(changes)
    said = {name: value for name, value in changes.items() if value is not None}
    cleared = {name: None for name, value in changes.items() if value is None}
    _write(store, cleared | _checked({"platform": store.platform, **said}))
    session.flush()
    return store


def _refuse_fixed(changes: Mapping[str, Any]) -> None:
    errors = {name: _("is not known") for name in changes if name not in _CHANGEABLE}
    errors |= {name: _("cannot be changed once connected") for name in _FIXED if name in changes}
    errors |= {name: _("cannot be taken away") for name in _NEEDED if changes.get(name, "") is None}
    if errors:
        raise Rejected(_("The store cannot be changed."), errors)


def rotate_secret(session: Session, store: Store, now: datetime, secret: str | None = None) -> str:
    """Give a store a new webhook secret; the present one lives 24 hours more, older ones end."""
    fresh = secret or get_plugin("crm.storefronts", store.platform).new_secret()
    _check_secret(store.platform, fresh)
    rows = session.scalars(_secrets_of(store).order_by(StoreSecret.id.desc())).all()
    for row in rows:
        if row.not_after is None:
            row.not_after = now + _OLD_SECRET_LIVES
        else:
            session.delete(row)
    _add_secret(session, store, fresh, now)
    return str(fresh)


def live_secrets(session: Session, store: Store, now: datetime) -> tuple[str, ...]:
    """List the webhook secrets that count now, the newest first."""
    live = or_(StoreSecret.not_after.is_(None), StoreSecret.not_after > now)
    rows = session.scalars(_secrets_of(store).where(live).order_by(StoreSecret.id.desc()))
    return tuple(unseal(row.sealed) for row in rows)


def forget_ended_secrets(session: Session, now: datetime) -> int:
    """Delete secrets whose time is over; gives their number."""
    ended = session.execute(
        delete(StoreSecret).where(StoreSecret.not_after <= now).returning(StoreSecret.id)
    )
    return len(ended.all())


def api_access(store: Store) -> ApiAccess:
    """Unseal how a store's interface is reached. Raises Rejected when that was never said."""
    if not (store.api_url and store.api_key_sealed and store.api_secret_sealed):
        raise Rejected(
            _("The store has no access to its interface yet: give its address, key and secret.")
        )
    key, secret = unseal(store.api_key_sealed), unseal(store.api_secret_sealed)
    return ApiAccess(store.api_url, key, secret, store.currency)


def webhook_url(store: Store) -> str:
    """Give the address the storefront posts to."""
    return f"{config.settings().public_url}/webhooks/{store.slug}"


def _checked(said: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, value in said.items():
        try:
            kept[name] = _check(name, value, said["platform"])
        except ValueError as fault:
            errors[name] = str(fault)
    if errors:
        raise Rejected(_("The store cannot be connected."), errors)
    return kept


def _check(name: str, value: Any, platform: str) -> Any:
    if name == "options":
        return _options(value, platform)
    if not isinstance(value, str):
        raise ValueError(_("must be text"))
    return _CHECKS[name](value)


def _options(given: Mapping[str, str], platform: str) -> dict[str, str]:
    if not given:
        return {}
    checks.check_platform(platform)
    known = get_plugin("crm.storefronts", platform).OPTIONS
    for name, value in given.items():
        if name not in known or len(value) > 500:
            names = ", ".join(known) or _("none")
            raise ValueError(
                _("%(name)s is not an option; there are: %(names)s", name=name, names=names)
            )
    return dict(given)


def _check_secret(platform: str, secret: str) -> None:
    try:
        get_plugin("crm.storefronts", platform).check_secret(secret)
    except Rejected as fault:
        raise Rejected(_("The store cannot be connected."), {"secret": fault.reason}) from None


def _write(store: Store, kept: Mapping[str, Any]) -> None:
    for name, value in kept.items():
        if name in ("api_key", "api_secret"):
            setattr(store, f"{name}_sealed", value and seal(value))
        else:
            setattr(store, name, value)


def _origin(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if url else None


def _add_secret(session: Session, store: Store, secret: str, now: datetime) -> None:
    session.add(StoreSecret(store_id=store.id, sealed=seal(secret), created_at=now))
    session.flush()


def _secrets_of(store: Store) -> Any:
    return select(StoreSecret).where(StoreSecret.store_id == store.id)


_CHANGEABLE = frozenset(_CHECKS) - {"secret"} | {"options"}
