"""A store's settings: read as a whole, written as a whole."""

from typing import Any

from crm.access.roles import require
from crm.api.schemas.lists import SettingsBody
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import get_store
from crm.buyers.rollups import change_settings
from crm.stores.settings import settings_json

settings = Resource("settings", "Caps, quiet hours, value classes, sender and clocks of a store.")


@settings.action("GET /settings/<slug:slug>", Action("settings.read", gives=dict[str, Any]))
def show(call: Call, slug: str) -> dict[str, Any]:
    """Read the whole settings object."""
    return settings_json(get_store(call.session, call.actor, slug))


@settings.action(
    "PUT /settings/<slug:slug>", Action("settings.write", body=SettingsBody, gives=dict[str, Any])
)
def write(call: Call, slug: str) -> dict[str, Any]:
    """Replace the settings by the object that GET gave, changed."""
    store = get_store(call.session, call.actor, slug)
    require(call.actor, "settings.write", store.id)
    return change_settings(call.session, store, call.body, call.now)
