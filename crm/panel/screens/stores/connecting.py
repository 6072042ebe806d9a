"""Connecting a storefront step by step, and changing what was said about it."""

from typing import Any

from babel import Locale
from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm import i18n
from crm.access.roles import require_every_store
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.panel.guides import find_guide, shops
from crm.panel.screens.stores.access_form import read_access, shown_access, signing_part
from crm.panel.screens.stores.finding import get_store, label
from crm.panel.screens.stores.steps import Connected, show_steps
from crm.storefronts import platforms
from crm.stores.connect import NewStore, change_store, connect_store
from crm.stores.models import Store
from crm.stores.secrets import rotate_secret
from crm.stores.zones import zone_names

_CURRENCIES = ("EUR", "CNY", "USD", "GBP", "CHF", "HKD", "TWD", "JPY", "SEK", "PLN")
_FACTS = ("name", "timezone", "locale", "country", "url")
_NEEDED = ("name", "timezone", "locale")
_ACCESS = ("api_url", "public_key")


@blueprint.get("/connect-store")
@screen("stores.write")
def connect(desk: Desk) -> ResponseReturnValue:
    """Ask for the platform, then for what it needs."""
    require_every_store(desk.actor)
    platform = forms.choice_arg("platform", platforms())
    if platform is None:
        return page("store_platforms.html", shops=shops())
    return _form(None, platform, {"locale": i18n.locale()}, None)


@blueprint.post("/connect-store")
@screen("stores.write")
def connect_new(desk: Desk) -> ResponseReturnValue:
    """Connect a storefront; its secret is shown this once."""
    require_every_store(desk.actor)
    platform = forms.choice_arg("platform", platforms())
    if platform is None:
        return redirect(url_for("panel.connect"), 303)
    given = {name: forms.optional(name) for name in (*_FACTS, "secret")}
    facts: dict[str, Any] = {"name": "", "timezone": ""}
    facts |= {key: value for key, value in given.items() if value}
    access = read_access(platform)
    facts.setdefault("secret", access.get(signing_part(platform)))
    new = NewStore(
        platform=platform,
        currency=forms.text("currency").upper(),
        **facts,
        **access,
    )
    try:
        store, secret = connect_store(desk.session, new, desk.now)
    except Rejected as fault:
        return _form(None, platform, dict(request.form), fault)
    return show_steps(desk, Connected(store, secret, told=new.secret is not None))


@blueprint.get("/stores/<slug:slug>/edit")
@screen("stores.write")
def edit_store(desk: Desk, slug: str) -> ResponseReturnValue:
    """Open the form of what is said about a store."""
    found = get_store(desk, slug)
    given = {name: getattr(found, name) for name in (*_FACTS, *_ACCESS)}
    return _form(found, found.platform, given, None)


@blueprint.post("/stores/<slug:slug>/edit")
@screen("stores.write")
def save_store(desk: Desk, slug: str) -> ResponseReturnValue:
    """Change what is said about a store; credentials left empty stay as they are."""
    found = get_store(desk, slug)
    wanted = {name: forms.optional(name) for name in _FACTS if name in request.form}
    facts = {name: value for name, value in wanted.items() if value or name not in _NEEDED}
    changes = facts | read_access(found.platform, keep_empty=True)
    if not any(name.startswith("option.") for name in request.form):
        del changes["options"]
    try:
        change_store(desk.session, found, changes, desk.now)
    except Rejected as fault:
        return _form(found, found.platform, dict(request.form), fault)
    said(_("The store is changed."))
    return redirect(url_for("panel.store", slug=slug), 303)


@blueprint.post("/stores/<slug:slug>/secret")
@screen("stores.write")
def turn_secret(desk: Desk, slug: str) -> ResponseReturnValue:
    """Take the secret the platform shows, or make a new one; the old is good for another day."""
    found = get_store(desk, slug)
    given = forms.optional("secret")
    if given is None and find_guide(found.platform).maker == "them":
        raise Rejected(_("Enter the secret that %(label)s shows.", label=label(found.platform)))
    secret = rotate_secret(desk.session, found, desk.now, given)
    if given is not None:
        said(_("The secret is saved. The one before is good for another 24 hours."))
        return redirect(url_for("panel.store", slug=slug), 303)
    return show_steps(desk, Connected(found, secret, turned=True))


def _form(
    found: Store | None, platform: str, given: dict[str, Any], fault: Rejected | None
) -> ResponseReturnValue:
    return page(
        "store_form.html",
        422 if fault else 200,
        store=found,
        given=given,
        errors=fault.errors if fault else {},
        fault=fault,
        label=label,
        currencies=_CURRENCIES,
        zones=sorted(zone_names()),
        countries=_countries(),
        **shown_access(platform, given, found.options if found else {}),
    )


def _countries() -> list[tuple[str, str]]:
    names = Locale.parse(i18n.locale().replace("-", "_")).territories
    found = [(code, name) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    return sorted(found, key=lambda pair: pair[1])
