"""What comes after connecting: webhooks set up, the past read, the first webhook awaited."""

from typing import Any

from flask.typing import ResponseReturnValue

from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page
from crm.panel.guides import address_of, find_guide
from crm.panel.queries import newest_webhook
from crm.panel.screens.stores.finding import get_store, label
from crm.storefronts import get_storefront
from crm.stores.access import has_api
from crm.stores.apps import get_app
from crm.stores.connect import webhook_url
from crm.stores.models import Store, StoreApp


def show_steps(
    desk: Desk, store: Store, secret: str, *, told: bool = False, turned: bool = False
) -> ResponseReturnValue:
    """Show the steps with the secret, this once; `told`: the seller entered it."""
    return _page(desk, store, None, {"secret": secret, "told": told, "turned": turned})


def show_app_steps(
    desk: Desk, app: StoreApp, store: Store, secret: str, *, turned: bool = False
) -> ResponseReturnValue:
    """Show the steps of an app beside a store with its secret, this once."""
    return _page(desk, store, app, {"secret": secret, "told": False, "turned": turned})


@blueprint.get("/stores/<slug:slug>/arrival")
@screen("stores.read")
def arrival(desk: Desk, slug: str) -> ResponseReturnValue:
    """Tell whether a webhook has come; asked again and again until one has."""
    found = get_store(desk, slug)
    return page("_arrival.html", store=found, came=newest_webhook(desk.session, found))


@blueprint.get("/stores/<slug:slug>/apps/<slug:platform>/arrival")
@screen("stores.read")
def app_arrival(desk: Desk, slug: str, platform: str) -> ResponseReturnValue:
    """Tell whether a webhook of an app has come."""
    found = get_store(desk, slug)
    app = get_app(desk.session, found, platform)
    came = newest_webhook(desk.session, app)
    return page("_arrival.html", store=found, app=app, came=came)


def _page(
    desk: Desk, store: Store, app: StoreApp | None, shown: dict[str, Any]
) -> ResponseReturnValue:
    said = store if app is None else app
    plugin, guide = get_storefront(said.platform), find_guide(said.platform)
    address = webhook_url(store, app.platform if app else None)
    name = label(said.platform) if app else store.name
    return page(
        "store_steps.html",
        store=store,
        app=app,
        name=name,
        label=label,
        guide=guide,
        platform=said.platform,
        webhook_url=address_of(said.platform, address, shown["secret"]),
        by_button=bool(plugin.HOOKS) and has_api(store, app),
        can_ask=bool(plugin.HOOKS) and not has_api(store, app),
        feeds=plugin.FEEDS if has_api(store, app) else (),
        came=newest_webhook(desk.session, said),
        **shown,
    )
