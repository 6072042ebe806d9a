"""The apps beside a storefront: connecting one, its secret, taking it away."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.panel.guides import address_of, apps, find_guide
from crm.panel.queries import newest_webhook
from crm.panel.screens.stores.access_form import read_access, shown_access, signing_part
from crm.panel.screens.stores.finding import get_store, label
from crm.panel.screens.stores.steps import Connected, show_steps
from crm.storefronts import get_storefront, platforms
from crm.stores.access import has_api
from crm.stores.apps import NewApp, change_app, connect_app, disconnect_app, get_app, list_apps
from crm.stores.connect import webhook_url
from crm.stores.models import Store, StoreApp
from crm.stores.secrets import rotate_secret
from crm.webhooks.models import Webhook


@dataclass(frozen=True, slots=True)
class Beside:
    """An app beside a storefront as the store's page shows it."""

    platform: str
    label: str
    secret_is_ours: bool
    has_secret: bool
    webhook_url: str
    can_edit: bool
    has_api: bool
    newest: Webhook | None


def beside(desk: Desk, store: Store) -> Sequence[Beside]:
    """List the apps beside a storefront."""
    return [
        Beside(
            platform=app.platform,
            label=label(app.platform),
            secret_is_ours=find_guide(app.platform).maker == "us",
            has_secret=find_guide(app.platform).maker != "nobody",
            webhook_url=address_of(app.platform, webhook_url(store, app.platform), None),
            can_edit=bool(get_storefront(app.platform).API),
            has_api=has_api(store, app),
            newest=newest_webhook(desk.session, app),
        )
        for app in list_apps(desk.session, store.id)
    ]


@blueprint.get("/stores/<slug:slug>/apps")
@screen("stores.write")
def choose_app(desk: Desk, slug: str) -> ResponseReturnValue:
    """Ask which app is to be connected, then for what it needs."""
    found = get_store(desk, slug)
    there = {app.platform for app in list_apps(desk.session, found.id)}
    platform = forms.choice_arg("platform", platforms())
    if platform is None:
        return page("store_apps.html", store=found, apps=apps(), there=there)
    return _form(found, platform, None)


@blueprint.post("/stores/<slug:slug>/apps")
@screen("stores.write")
def add_app(desk: Desk, slug: str) -> ResponseReturnValue:
    """Connect an app beside a storefront; its secret is shown this once."""
    found = get_store(desk, slug)
    platform = forms.choice_arg("platform", platforms())
    if platform is None:
        raise NotFound(_("There is no such app."))
    access = read_access(platform)
    secret = forms.optional("secret") or access.get(signing_part(platform))
    new = NewApp(platform=platform, secret=secret, **access)
    try:
        app, kept = connect_app(desk.session, found, new, desk.now)
    except Rejected as fault:
        return _form(found, platform, fault)
    return show_steps(desk, Connected(found, kept, app, told=secret is not None))


@blueprint.get("/stores/<slug:slug>/apps/<slug:platform>/edit")
@screen("stores.write")
def edit_app(desk: Desk, slug: str, platform: str) -> ResponseReturnValue:
    """Open the form of how an app is reached."""
    found = get_store(desk, slug)
    return _form(found, platform, None, get_app(desk.session, found, platform))


@blueprint.post("/stores/<slug:slug>/apps/<slug:platform>/edit")
@screen("stores.write")
def save_app(desk: Desk, slug: str, platform: str) -> ResponseReturnValue:
    """Change how an app is reached; credentials left empty stay as they are."""
    found = get_store(desk, slug)
    app = get_app(desk.session, found, platform)
    try:
        change_app(desk.session, app, read_access(platform, keep_empty=True))
    except Rejected as fault:
        return _form(found, platform, fault, app)
    said(_("The app is changed."))
    return redirect(url_for("panel.store", slug=slug, _anchor="apps"), 303)


@blueprint.post("/stores/<slug:slug>/apps/<slug:platform>/secret")
@screen("stores.write")
def turn_app_secret(desk: Desk, slug: str, platform: str) -> ResponseReturnValue:
    """Take the secret the app shows, or make a new one; the old is good for another day."""
    found = get_store(desk, slug)
    app = get_app(desk.session, found, platform)
    given = forms.optional("secret")
    if given is None and find_guide(platform).maker == "them":
        raise Rejected(_("Enter the secret that %(label)s shows.", label=label(platform)))
    secret = rotate_secret(desk.session, found, desk.now, given, platform)
    if given is not None:
        said(_("The secret is saved. The one before is good for another 24 hours."))
        return redirect(url_for("panel.store", slug=slug, _anchor="apps"), 303)
    return show_steps(desk, Connected(found, secret, app, turned=True))


@blueprint.post("/stores/<slug:slug>/apps/<slug:platform>/remove")
@screen("stores.write")
def remove_app(desk: Desk, slug: str, platform: str) -> ResponseReturnValue:
    """Take an app away; what it brought stays."""
    found = get_store(desk, slug)
    disconnect_app(desk.session, found, platform)
    said(_("%(label)s is disconnected. What it brought stays.", label=label(platform)))
    return redirect(url_for("panel.store", slug=slug, _anchor="apps"), 303)


def _form(
    found: Store, platform: str, fault: Rejected | None, app: StoreApp | None = None
) -> ResponseReturnValue:
    known = {"api_url": app.api_url} if app else {}
    given = dict(request.form) if fault else known
    return page(
        "app_form.html",
        422 if fault else 200,
        store=found,
        app=app,
        given=given,
        errors=fault.errors if fault else {},
        fault=fault,
        label=label,
        **shown_access(platform, given, app.options if app else {}),
    )
