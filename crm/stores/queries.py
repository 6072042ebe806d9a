"""Finds connected stores."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.errors import NotFound
from crm.i18n import gettext as _
from crm.stores.models import Store


def find_store(session: Session, slug: str) -> Store | None:
    """Find a store by its slug."""
    return session.scalar(select(Store).where(Store.slug == slug))


def get_store(session: Session, slug: str) -> Store:
    """Find a store by its slug. Raises NotFound."""
    store = find_store(session, slug)
    if store is None:
        raise NotFound(_("There is no store %(slug)s.", slug=slug))
    return store


def get_store_by_id(session: Session, store_id: int) -> Store:
    """Find a store by its id. Raises NotFound."""
    store = session.get(Store, store_id)
    if store is None:
        raise NotFound(_("There is no such store."))
    return store


def list_stores(session: Session, store_ids: Sequence[int] | None) -> list[Store]:
    """List stores by name: those of some ids, or all of them for None."""
    every = select(Store).order_by(Store.name, Store.id)
    chosen = every if store_ids is None else every.where(Store.id.in_(store_ids))
    return list(session.scalars(chosen))
