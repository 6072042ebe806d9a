"""Finds the store of an address among those of the reader, and says what its platform is called."""

from crm.errors import NotFound
from crm.i18n import gettext as _
from crm.panel.desk import Desk
from crm.storefronts import get_storefront
from crm.stores.models import Store


def get_store(desk: Desk, slug: str) -> Store:
    """Give a store of the reader. Raises NotFound."""
    found = next((store for store in desk.stores if store.slug == slug), None)
    if found is None:
        raise NotFound(_("There is no such store."))
    return found


def label(platform: str) -> str:
    """Say what a platform is called."""
    return get_storefront(platform).LABEL
