"""Connects a storefront: checks what is said about it and seals its credentials."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from crm import config
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.registry import get_plugin
from crm.signing import seal
from crm.stores import checks, secrets
from crm.stores.models import Store, StoreApp
from crm.stores.slugs import free_slug


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
    "public_key": checks.check_public_key,
    "jwks_url": checks.check_url,
}
_FIXED = ("platform", "currency")
_NEEDED = ("name", "timezone", "locale")


def connect_store(session: Session, new: NewStore, now: datetime) -> tuple[Store, str]:
    """Connect a store; gives it with its webhook secret. Raises Rejected with errors by field."""
    said = {part.name: getattr(new, part.name) for part in fields(new)}
    kept = checked({name: value for name, value in said.items() if value is not None})
    secret = secrets.choose(kept["platform"], kept.pop("secret", None))
    store = Store(slug=free_slug(session, kept["name"]), settings={}, options={}, created_at=now)
    write(store, {"locale": "en", **kept})
    store.url = store.url or _origin(store.api_url)
    session.add(store)
    session.flush()
    secrets.add(session, store.id, store.platform, secret, now)
    return store, secret


def change_store(
    session: Session, store: Store, changes: Mapping[str, Any], _now: datetime
) -> Store:
    """Change what was said about a store; None takes a value away. Raises Rejected by field."""
    _refuse_fixed(changes)
    said = {name: value for name, value in changes.items() if value is not None}
    cleared = {name: None for name, value in changes.items() if value is None}
    write(store, cleared | checked({"platform": store.platform, **said}))
    session.flush()
    return store


def _refuse_fixed(changes: Mapping[str, Any]) -> None:
    errors = {name: _("is not known") for name in changes if name not in _CHANGEABLE}
    errors |= {name: _("cannot be changed once connected") for name in _FIXED if name in changes}
    errors |= {name: _("cannot be taken away") for name in _NEEDED if changes.get(name, "") is None}
    if errors:
        raise Rejected(_("The store cannot be changed."), errors)


def webhook_url(store: Store, app: str | None = None) -> str:
    """Give the address the storefront, or an app beside it, posts to."""
    whole = f"{config.settings().public_url}/webhooks/{store.slug}"
    return f"{whole}/{app}" if app else whole


def checked(said: dict[str, Any]) -> dict[str, Any]:
    """Check what is said about a store, or about an app beside it. Raises Rejected by field."""
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


def write(store: Store | StoreApp, kept: Mapping[str, Any]) -> None:
    """Write what was checked onto its row, credentials sealed."""
    for name, value in kept.items():
        if name in ("api_key", "api_secret"):
            setattr(store, f"{name}_sealed", value and seal(value))
        else:
            setattr(store, name, value)


def _origin(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if url else None


_CHANGEABLE = frozenset(_CHECKS) - {"secret"} | {"options"}
