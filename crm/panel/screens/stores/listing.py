"""Stores: what is connected and how it is, what it sent lately, and sending it through again."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from crm import i18n
from crm.panel import forms, labels
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.panel.guides import address_of, find_guide
from crm.panel.queries import newest_webhook
from crm.panel.screens.stores.apps import beside
from crm.panel.screens.stores.finding import get_store, label
from crm.panel.screens.stores.health import count_by_store, troubles
from crm.panel.screens.stores.hooks import doors
from crm.panel.screens.stores.reading import looks, past
from crm.storefronts import get_storefront
from crm.stores.access import has_api
from crm.stores.connect import webhook_url
from crm.webhooks.inbox import replay, replay_state
from crm.webhooks.queries import depth, get_webhook, list_webhooks

_DRAIN = "crm.webhooks.jobs.drain_inbox"


@blueprint.get("/stores")
@screen("stores.read")
def stores(desk: Desk) -> ResponseReturnValue:
    """List the connected stores."""
    found = [(store, depth(desk.session, [store.id])) for store in desk.stores]
    return page("stores.html", found=found, label=label, grave=count_by_store(desk))


@blueprint.get("/stores/<slug:slug>")
@screen("stores.read")
def store(desk: Desk, slug: str) -> ResponseReturnValue:
    """Show one store: how its intake stands, and its last webhooks."""
    found = get_store(desk, slug)
    state = forms.choice_arg("state", tuple(labels.LABELS["webhook"]))
    rows = list_webhooks(
        desk.session, [found.id], state=state, before_id=forms.before(), limit=forms.PAGE + 1
    )
    return page(
        "store.html",
        store=found,
        label=label,
        plugin=get_storefront(found.platform),
        guide=find_guide(found.platform),
        came=newest_webhook(desk.session, found),
        webhook_url=address_of(found.platform, webhook_url(found), None),
        has_api=has_api(found),
        troubles=troubles(desk, found),
        doors=doors(desk, found),
        looks=looks(desk, found),
        past=past(desk, found),
        beside=beside(desk, found),
        webhooks=forms.page_of(rows),
        state=state,
        depth=depth(desk.session, [found.id]),
    )


@blueprint.get("/stores/<slug:slug>/webhooks/<id:webhook_id>")
@screen("webhooks.read")
def webhook(desk: Desk, slug: str, webhook_id: int) -> ResponseReturnValue:
    """Show one delivery as it came."""
    found = get_store(desk, slug)
    kept = get_webhook(desk.session, [found.id], webhook_id)
    body = None if kept.body is None else bytes(kept.body).decode("utf-8", "replace")
    return page("webhook.html", store=found, webhook=kept, body=body, label=label)


@blueprint.post("/stores/<slug:slug>/replay")
@screen("webhooks.replay")
def replay_webhooks(desk: Desk, slug: str) -> ResponseReturnValue:
    """Read one delivery again, or every one that failed."""
    found = get_store(desk, slug)
    wanted = forms.whole_arg("webhook")
    if wanted:
        count = replay(desk.session, [found.id], [wanted])
    else:
        count = replay_state(desk.session, [found.id], "failed")
    desk.ring(_DRAIN)
    said(i18n.ngettext("%(count)s is read again.", "%(count)s are read again.", count))
    return redirect(url_for("panel.store", slug=slug), 303)
