"""Reading a storefront from the panel: its past, and what was missed; how far both are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm import i18n
from crm.i18n import gettext as _
from crm.imports import backfill, reconcile
from crm.imports.models import Purpose
from crm.imports.queries import FeedProgress, progress
from crm.imports.sources import list_sources
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.panel.screens.stores.finding import get_store, label
from crm.stores.models import Store
from crm.stores.zones import zone

_READ = "crm.imports.jobs.read_feeds"
_LONGEST_GUESS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the lists of a store are read; `can` False: there is nothing to read from."""

    feeds: Sequence[FeedProgress]
    can: bool
    with_names: bool

    @property
    def underway(self) -> bool:
        """Tell whether something is still to be read."""
        return any(feed.finished_at is None for feed in self.feeds)

    @property
    def stuck(self) -> bool:
        """Tell whether the storefront refuses or does not answer."""
        return any(feed.error for feed in self.feeds if feed.finished_at is None)


def past(desk: Desk, store: Store) -> Reading:
    """Tell how far the reading of the past is."""
    return _reading(desk, store, "backfill")


def looks(desk: Desk, store: Store) -> Reading:
    """Tell what the last looks for missed changes found."""
    return _reading(desk, store, "reconcile")


def _reading(desk: Desk, store: Store, purpose: Purpose) -> Reading:
    feeds = progress(desk.session, store.id, purpose)
    can = any(source.feeds for source in list_sources(desk.session, store))
    return Reading(feeds, can, len({feed.platform for feed in feeds}) > 1)


@blueprint.app_template_filter("time_left")
def time_left(feed: FeedProgress, now: datetime) -> str:
    """Guess how long a list still takes by how long it took so far; nothing when unsure."""
    taken = now - feed.started_at
    if not feed.total or not feed.seen or not timedelta(0) < taken < _LONGEST_GUESS:
        return ""
    seconds = taken.total_seconds() * max(feed.total - feed.seen, 0) / feed.seen
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("less than a minute left")
    return i18n.ngettext("about %(count)s minute left", "about %(count)s minutes left", minutes)


@blueprint.get("/stores/<slug:slug>/past")
@screen("stores.read")
def show_past(desk: Desk, slug: str) -> ResponseReturnValue:
    """Show how far the past is read; asked again and again while it is."""
    found = get_store(desk, slug)
    return page("_past.html", store=found, past=past(desk, found), label=label)


@blueprint.get("/stores/<slug:slug>/looks")
@screen("stores.read")
def show_looks(desk: Desk, slug: str) -> ResponseReturnValue:
    """Show what the last looks found; asked again while one is underway."""
    found = get_store(desk, slug)
    return page("_looks.html", store=found, looks=looks(desk, found), label=label)


@blueprint.post("/stores/<slug:slug>/past")
@screen("stores.write")
def read_past(desk: Desk, slug: str) -> ResponseReturnValue:
    """Start reading the past, or go on where it stopped."""
    found = get_store(desk, slug)
    since = forms.wall_time("since", zone(found))
    is_new = backfill.begin(desk.session, found, since, desk.now)
    desk.ring(_READ)
    if request.headers.get("HX-Request"):
        desk.session.flush()
        return page("_past.html", store=found, past=past(desk, found), label=label)
    said(_("The past is being read.") if is_new else _("Reading goes on where it stopped."))
    return _back(found, "past")


@blueprint.post("/stores/<slug:slug>/past/stop")
@screen("stores.write")
def stop_past(desk: Desk, slug: str) -> ResponseReturnValue:
    """Stop reading the past where it is; what was read stays."""
    found = get_store(desk, slug)
    if backfill.stop(desk.session, found, desk.now):
        said(_("Stopped. What was read stays."))
    return _back(found, "past")


@blueprint.post("/stores/<slug:slug>/look")
@screen("webhooks.replay")
def look_now(desk: Desk, slug: str) -> ResponseReturnValue:
    """Look at once for what no webhook brought."""
    found = get_store(desk, slug)
    reconcile.begin(desk.session, found, desk.now)
    desk.ring(_READ)
    said(_("We are looking now."))
    return _back(found, "looks")


def _back(store: Store, place: str) -> ResponseReturnValue:
    return redirect(url_for("panel.store", slug=store.slug, _anchor=place), 303)
