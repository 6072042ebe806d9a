"""Whom a store's things can be read from: its storefront, and the apps beside it."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.storefronts import (
    ApiAccess,
    Asked,
    Feed,
    Home,
    Page,
    Storefront,
    get_storefront,
    home_of,
)
from crm.stores.access import api_access, has_api
from crm.stores.apps import list_apps, told_by
from crm.stores.connect import webhook_url
from crm.stores.models import Store, StoreApp
from crm.stores.queries import get_store_by_id


@dataclass(frozen=True, slots=True)
class Source:
    """An interface we may read, with all that reading needs once the session is closed."""

    store_id: int
    platform: str
    is_app: bool
    plugin: Storefront
    api: ApiAccess
    home: Home
    address: str
    connected_at: datetime

    def read_page(self, asked: Asked) -> Page:
        """Read one page of what changed. Raises Rejected or Unavailable."""
        page = self.plugin.read_page(self.api, self.home, asked)
        if not self.is_app:
            return page
        apart = (replace(one, events=told_by(self.platform, one.events)) for one in page.pictures)
        return replace(page, pictures=tuple(apart))

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """Name what it lists."""
        return self.plugin.FEEDS


def list_sources(session: Session, store: Store) -> list[Source]:
    """List the interfaces of a store that can be reached with what is known.

    Raises Rejected when a credential cannot be unsealed.
    """
    return [_source(store, app) for app in _said(session, store) if has_api(store, app)]


def find_source(session: Session, store_id: int, platform: str) -> Source | None:
    """Find one interface; None when it is not connected (any more)."""
    store = get_store_by_id(session, store_id)
    for app in _said(session, store):
        if (app or store).platform == platform and has_api(store, app):
            return _source(store, app)
    return None


def get_source(session: Session, store_id: int, platform: str) -> Source:
    """Find one interface. Raises Rejected when it cannot be reached (any more)."""
    found = find_source(session, store_id, platform)
    if found is None:
        raise Rejected(_("There is no access to the interface of %(platform)s.", platform=platform))
    return found


def must_list(session: Session, store: Store) -> list[Source]:
    """List the interfaces that have feeds. Raises Rejected with the mend when there is none."""
    found = [source for source in list_sources(session, store) if source.feeds]
    if found:
        return found
    if not get_storefront(store.platform).FEEDS:
        label = get_storefront(store.platform).LABEL
        raise Rejected(_("%(label)s has no interface that lists what changed.", label=label))
    api_access(store)  # says what is missing
    raise Rejected(_("There is nothing to read from."))


def _said(session: Session, store: Store) -> list[StoreApp | None]:
    return [None, *list_apps(session, store.id)]


def _source(store: Store, app: StoreApp | None) -> Source:
    said = store if app is None else app
    return Source(
        store_id=store.id,
        platform=said.platform,
        is_app=app is not None,
        plugin=get_storefront(said.platform),
        api=api_access(store, app),
        home=home_of(store, app),
        address=webhook_url(store, app.platform if app else None),
        connected_at=said.created_at,
    )
