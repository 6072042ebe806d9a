"""Apps connected beside a storefront, such as one for reviews; each has a door of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.errors import Conflict, NotFound
from crm.events import Event, ReviewDeleted, ReviewPosted
from crm.i18n import gettext as _
from crm.stores import secrets
from crm.stores.connect import checked, write
from crm.stores.models import Store, StoreApp, StoreSecret


@dataclass(frozen=True, slots=True)
class NewApp:
    """What a seller says about an app to connect; None takes the default."""

    platform: str
    secret: str | None = field(default=None, repr=False)
    api_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    api_secret: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)


def told_by(app: str, events: Iterable[Event]) -> tuple[Event, ...]:
    """Keep an app's reviews apart: its numbers may be those of the storefront or another app."""
    return tuple(
        replace(event, external_id=f"{app}:{event.external_id}")
        if isinstance(event, ReviewPosted | ReviewDeleted)
        else event
        for event in events
    )


def connect_app(session: Session, store: Store, new: NewApp, now: datetime) -> tuple[StoreApp, str]:
    """Connect an app beside a store; gives it with its webhook secret.

    Raises Rejected with errors by field, Conflict when it is connected already.
    """
    said = {part.name: getattr(new, part.name) for part in fields(new)}
    kept = checked({name: value for name, value in said.items() if value is not None})
    platform = kept.pop("platform")
    if platform == store.platform or find_app(session, store.id, platform):
        raise Conflict(_("%(platform)s is connected to this store already.", platform=platform))
    secret = secrets.choose(platform, kept.pop("secret", None))
    app = StoreApp(store_id=store.id, platform=platform, options={}, created_at=now)
    write(app, kept)
    session.add(app)
    session.flush()
    secrets.add(session, store.id, platform, secret, now)
    return app, secret


def change_app(session: Session, app: StoreApp, changes: Mapping[str, Any]) -> StoreApp:
    """Change how an app is reached; None takes a value away. Raises Rejected by field."""
    said = {name: value for name, value in changes.items() if value is not None}
    cleared = {name: None for name, value in changes.items() if value is None}
    write(app, cleared | checked({"platform": app.platform, **said}))
    session.flush()
    return app


def disconnect_app(session: Session, store: Store, platform: str) -> None:
    """Take an app away with its secrets; what it posted stays. Raises NotFound."""
    session.delete(get_app(session, store, platform))
    session.execute(
        delete(StoreSecret).where(
            StoreSecret.store_id == store.id, StoreSecret.platform == platform
        )
    )


def list_apps(session: Session, store_id: int) -> Sequence[StoreApp]:
    """List the apps beside a store by name."""
    mine = select(StoreApp).where(StoreApp.store_id == store_id)
    return session.scalars(mine.order_by(StoreApp.platform)).all()


def find_app(session: Session, store_id: int, platform: str) -> StoreApp | None:
    """Find an app beside a store."""
    return session.get(StoreApp, (store_id, platform))


def get_app(session: Session, store: Store, platform: str) -> StoreApp:
    """Find an app beside a store. Raises NotFound."""
    app = find_app(session, store.id, platform)
    if app is None:
        said = _("%(platform)s is not connected to this store.", platform=platform)
        raise NotFound(said)
    return app
