"""The webhooks in a storefront: which are on, and setting them up by one button."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm import i18n
from crm.imports import hooks as watched
from crm.imports.models import HookCheck
from crm.imports.queries import hook_checks
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.panel.guides import find_guide
from crm.panel.screens.stores.finding import get_store, label
from crm.storefronts import get_storefront
from crm.stores.access import has_api
from crm.stores.apps import list_apps
from crm.stores.models import Store

_READ = "crm.imports.jobs.read_feeds"


@dataclass(frozen=True, slots=True)
class Topic:
    """A webhook in the storefront; `state` is on, off or missing, None before the first look."""

    name: str
    state: str | None


@dataclass(frozen=True, slots=True)
class Doorway:
    """How the webhooks of a storefront, or of an app beside it, stand there."""

    label: str
    topics: Sequence[Topic]
    has_api: bool
    checked_at: datetime | None
    error: str | None

    @property
    def is_fine(self) -> bool:
        """Tell whether every topic is on."""
        return not self.error and all(topic.state == "on" for topic in self.topics)


def doors(desk: Desk, store: Store) -> list[Doorway]:
    """List how the webhooks stand wherever a platform lets us look; empty when none does."""
    checks = {check.platform: check for check in hook_checks(desk.session, [store.id])}
    said = [(store.platform, has_api(store))]
    said += [(app.platform, has_api(store, app)) for app in list_apps(desk.session, store.id)]
    return [
        _door(platform, reachable, checks.get(platform))
        for platform, reachable in said
        if get_storefront(platform).HOOKS
    ]


def _door(platform: str, reachable: bool, check: HookCheck | None) -> Doorway:
    return Doorway(
        label=label(platform),
        topics=_topics(get_storefront(platform).HOOKS, check),
        has_api=reachable,
        checked_at=check.checked_at if check else None,
        error=check.error if check else None,
    )


def _topics(wanted: Sequence[str], check: HookCheck | None) -> list[Topic]:
    if check is None:
        return [Topic(name, None) for name in wanted]
    on = {str(hook["topic"]) for hook in check.hooks if hook["active"]}
    listed = {str(hook["topic"]) for hook in check.hooks}
    missing = None if check.error and not check.hooks else "missing"
    return [
        Topic(name, "on" if name in on else "off" if name in listed else missing)
        for name in (*wanted, *sorted(listed.difference(wanted)))
    ]


@blueprint.post("/stores/<slug:slug>/hooks")
@screen("stores.write")
def set_up_hooks(desk: Desk, slug: str) -> ResponseReturnValue:
    """Register what is missing and switch on what is off; the storefront is asked."""
    found = get_store(desk, slug)
    desk.end()
    hooks = watched.arm(found.id, desk.now)
    desk.ring(_READ)
    if request.headers.get("HX-Request"):
        return page("_hooks_set.html", hooks=hooks, guide=find_guide(found.platform))
    count = sum(hook.active for hook in hooks)
    said(i18n.ngettext("%(count)s webhook is on.", "%(count)s webhooks are on.", count))
    return redirect(url_for("panel.store", slug=slug, _anchor="webhooks"), 303)
