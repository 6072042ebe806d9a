"""Finds the store a request is about, within what the asker may reach."""

from sqlalchemy.orm import Session

from crm.access.roles import Actor, reaches
from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _
from crm.stores.models import Store
from crm.stores.queries import find_store, get_store_by_id, list_stores


def get_store(session: Session, actor: Actor, slug: str) -> Store:
    """Find the store of an address. Raises NotFound for one that is unknown or out of reach."""
    store = find_store(session, slug)
    if store is None or not reaches(actor, store.id):
        raise NotFound(_("There is no such store."))
    return store


def get_own_store(session: Session, actor: Actor, store_id: int) -> Store:
    """Find the store of a thing. Raises NotFound when it is out of reach."""
    if not reaches(actor, store_id):
        raise NotFound(_("There is no such thing here."))
    return get_store_by_id(session, store_id)


def read_store(session: Session, actor: Actor, slug: str) -> Store:
    """Find the store a body or query names. Raises Rejected with the error at `store`."""
    try:
        return get_store(session, actor, slug)
    except NotFound as fault:
        raise Rejected(fault.reason, {"store": fault.reason}) from None


def chosen_stores(session: Session, actor: Actor, slug: str | None = None) -> dict[int, Store]:
    """Give the stores a list reaches, by id: the named one, else all of the actor's."""
    if slug is not None:
        store = read_store(session, actor, slug)
        return {store.id: store}
    return {store.id: store for store in list_stores(session, actor.store_ids)}
