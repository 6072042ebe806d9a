"""What comes after connecting: webhooks set up, the past read, the first webhook awaited."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Connected:
    """What was connected, with its secret; `told`: the seller entered it, `turned`: it is new."""

    store: Store
    secret: str
    app: StoreApp | None = None
    told: bool = False
    turned: bool = False

    @property
    def said(self) -> Store | StoreApp:
        """The store, or the app beside it, that this is about."""
        return self.store if self.app is None else self.app


def show_steps(desk: Desk, made: Connected) -> ResponseReturnValue:
    """Show what is left to do, and the secret, this once."""
    store, app, platform = made.store, made.app, made.said.platform
    plugin, reachable = get_storefront(platform), has_api(store, app)
    address = webhook_url(store, platform if app else None)
    return page(
        "store_steps.html",
        store=store,
        app=app,
        name=label(platform) if app else store.name,
        label=label,
        guide=find_guide(platform),
        platform=platform,
        secret=made.secret,
        told=made.told,
        turned=made.turned,
        webhook_url=address_of(platform, address, made.secret),
        by_button=bool(plugin.HOOKS) and reachable,
        can_ask=bool(plugin.HOOKS) and not reachable,
        feeds=plugin.FEEDS if reachable else (),
        came=newest_webhook(desk.session, made.said),
    )


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
