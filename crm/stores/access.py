"""How the interface of a storefront, or of an app beside it, is reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.registry import get_plugin
from crm.signing import unseal
from crm.stores.models import Store, StoreApp


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """Address and credentials of an interface, and the currency its amounts are in.

    What the platform does not need is empty; `options` are its own, with their defaults.
    """

    url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    currency: str = "EUR"
    options: Mapping[str, str] = field(default_factory=dict)


def api_access(store: Store, app: StoreApp | None = None) -> ApiAccess:
    """Unseal how an interface is reached. Raises Rejected when something it needs is not known."""
    said = store if app is None else app
    plugin = get_plugin("crm.storefronts", said.platform)
    known = {
        "url": said.api_url or "",
        "key": unseal(said.api_key_sealed) if said.api_key_sealed else "",
        "secret": unseal(said.api_secret_sealed) if said.api_secret_sealed else "",
    }
    missing = [part for part in plugin.API if not known[part]]
    if missing or not plugin.API:
        raise Rejected(
            _("There is no access to the store's interface yet: give its address and key."),
            {f"api_{part}": _("is missing") for part in missing},
        )
    options = {**plugin.OPTIONS, **said.options}
    return ApiAccess(known["url"], known["key"], known["secret"], store.currency, options)


def has_api(store: Store, app: StoreApp | None = None) -> bool:
    """Tell whether the interface can be reached with what is known."""
    said = store if app is None else app
    kept = {"url": said.api_url, "key": said.api_key_sealed, "secret": said.api_secret_sealed}
    needed = get_plugin("crm.storefronts", said.platform).API
    return bool(needed) and all(kept[part] for part in needed)
