"""Stores: connecting a storefront, what it sent lately, and sending it through again."""

from typing import Any

from babel import Locale
from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm import i18n
from crm.access.roles import require_every_store
from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _
from crm.panel import forms, labels
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.storefronts import get_storefront, platforms
from crm.stores.connect import NewStore, change_store, connect_store, webhook_url
from crm.stores.models import Store
from crm.stores.secrets import rotate_secret
from crm.stores.zones import zone_names
from crm.webhooks.inbox import replay, replay_state
from crm.webhooks.queries import depth, get_webhook, list_webhooks

_DRAIN = "crm.webhooks.jobs.drain_inbox"
_CURRENCIES = ("EUR", "CNY", "USD", "GBP", "CHF", "HKD", "TWD", "JPY", "SEK", "PLN")
_PARTS = ("name", "timezone", "locale", "country", "url", "api_url", "api_key", "api_secret")


@blueprint.get("/stores")
@screen("stores.read")
def stores(desk: Desk) -> ResponseReturnValue:
    """List the connected stores."""
    found = [(store, depth(desk.session, [store.id])) for store in desk.stores]
    return page("stores.html", found=found, label=_label)


@blueprint.get("/connect-store")
@screen("stores.write")
def connect(desk: Desk) -> ResponseReturnValue:
    """Open the form that connects a storefront."""
    require_every_store(desk.actor)
    return _store_form(None, {"platform": "standard", "locale": i18n.locale()}, {})


@blueprint.post("/connect-store")
@screen("stores.write")
def connect_new(desk: Desk) -> ResponseReturnValue:
    """Connect a storefront; its secret is shown this once."""
    require_every_store(desk.actor)
    given = {name: forms.optional(name) for name in (*_PARTS, "secret")}
    new = NewStore(
        platform=forms.text("platform"), currency=forms.text("currency").upper(), **_said(given)
    )
    try:
        store, secret = connect_store(desk.session, new, desk.now)
    except Rejected as fault:
        return _store_form(None, dict(request.form), fault.errors, fault)
    return page("store_secret.html", store=store, secret=secret, webhook_url=webhook_url(store))


def _said(given: dict[str, str | None]) -> dict[str, Any]:
    return {"name": "", "timezone": ""} | {key: value for key, value in given.items() if value}


@blueprint.get("/stores/<slug:slug>")
@screen("stores.read")
def store(desk: Desk, slug: str) -> ResponseReturnValue:
    """Show one store with its last webhooks."""
    found = _get(desk, slug)
    state = forms.choice_arg("state", tuple(labels.LABELS["webhook"]))
    rows = list_webhooks(
        desk.session, [found.id], state=state, before_id=forms.before(), limit=forms.PAGE + 1
    )
    return page(
        "store.html",
        store=found,
        label=_label,
        webhook_url=webhook_url(found),
        webhooks=forms.page_of(rows),
        state=state,
        depth=depth(desk.session, [found.id]),
    )


@blueprint.get("/stores/<slug:slug>/webhooks/<id:webhook_id>")
@screen("webhooks.read")
def webhook(desk: Desk, slug: str, webhook_id: int) -> ResponseReturnValue:
    """Show one delivery as it came."""
    found = _get(desk, slug)
    kept = get_webhook(desk.session, [found.id], webhook_id)
    body = None if kept.body is None else bytes(kept.body).decode("utf-8", "replace")
    return page("webhook.html", store=found, webhook=kept, body=body)


@blueprint.post("/stores/<slug:slug>/replay")
@screen("webhooks.replay")
def replay_webhooks(desk: Desk, slug: str) -> ResponseReturnValue:
    """Read one delivery again, or every one that failed."""
    found = _get(desk, slug)
    wanted = forms.whole_arg("webhook")
    if wanted:
        count = replay(desk.session, [found.id], [wanted])
    else:
        count = replay_state(desk.session, [found.id], "failed")
    desk.ring(_DRAIN)
    said(i18n.ngettext("%(count)s is read again.", "%(count)s are read again.", count))
    return redirect(url_for("panel.store", slug=slug), 303)


@blueprint.get("/stores/<slug:slug>/edit")
@screen("stores.write")
def edit_store(desk: Desk, slug: str) -> ResponseReturnValue:
    """Open the form of what is said about a store."""
    found = _get(desk, slug)
    return _store_form(found, {name: getattr(found, name, None) for name in _PARTS}, {})


@blueprint.post("/stores/<slug:slug>/edit")
@screen("stores.write")
def save_store(desk: Desk, slug: str) -> ResponseReturnValue:
    """Change what is said about a store; credentials left empty stay as they are."""
    found = _get(desk, slug)
    wanted = {name: forms.optional(name) for name in _PARTS if name in request.form}
    kept = {
        name: value
        for name, value in wanted.items()
        if value or name not in ("name", "timezone", "locale", "api_key", "api_secret")
    }
    try:
        change_store(desk.session, found, kept, desk.now)
    except Rejected as fault:
        return _store_form(found, dict(request.form), fault.errors, fault)
    said(_("The store is changed."))
    return redirect(url_for("panel.store", slug=slug), 303)


@blueprint.post("/stores/<slug:slug>/secret")
@screen("stores.write")
def turn_secret(desk: Desk, slug: str) -> ResponseReturnValue:
    """Make a new webhook secret; the old one is good for another day."""
    found = _get(desk, slug)
    secret = rotate_secret(desk.session, found, desk.now)
    return page(
        "store_secret.html", store=found, secret=secret, webhook_url=webhook_url(found), turned=True
    )


def _store_form(
    found: Store | None, given: dict[str, Any], errors: dict[str, str], fault: Any = None
) -> ResponseReturnValue:
    return page(
        "store_form.html",
        422 if fault else 200,
        store=found,
        given=given,
        errors=errors,
        fault=fault,
        platforms=[(key, _label(key)) for key in platforms()],
        coupons={key: get_storefront(key).COUPONS for key in platforms()},
        currencies=_CURRENCIES,
        zones=sorted(zone_names()),
        countries=_countries(),
    )


def _countries() -> list[tuple[str, str]]:
    names = Locale.parse(i18n.locale().replace("-", "_")).territories
    found = [(code, name) for code, name in names.items() if len(code) == 2 and code.isalpha()]
    return sorted(found, key=lambda pair: pair[1])


def _label(platform: str) -> str:
    return get_storefront(platform).LABEL


def _get(desk: Desk, slug: str) -> Store:
    found = next((store for store in desk.stores if store.slug == slug), None)
    if found is None:
        raise NotFound(_("There is no such store."))
    return found
