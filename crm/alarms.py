"""What is wrong with a store's intake, in words for whoever keeps the shop, with the mend."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.i18n import mark, ngettext
from crm.imports.models import FeedRun
from crm.imports.queries import hook_checks, progress
from crm.imports.sources import list_sources
from crm.ingest import UNREAD
from crm.storefronts import get_storefront
from crm.stores.access import has_api
from crm.stores.apps import list_apps
from crm.stores.models import PrivacyRequest, Store, StoreApp, StoreLookup
from crm.stores.queries import list_stores
from crm.webhooks.models import Webhook

_DAY = timedelta(days=1)
_SOON = timedelta(days=7)
_TRIES = 3
# A shop that sent at least so many webhooks in two weeks does not fall silent for two days.
_USUAL, _USUAL_DAYS, _SILENT_DAYS = 14, 14, 2
_FEEDS = {"customers": mark("customers"), "orders": mark("orders"), "reviews": mark("reviews")}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that needs a look; `grave` False only tells what was mended."""

    store: str
    kind: str
    words: str
    grave: bool = True


_Found = Iterator[Alarm]


def list_alarms(session: Session, store_ids: Sequence[int] | None, now: datetime) -> list[Alarm]:
    """List what is wrong with the intake of stores, the gravest first."""
    found = [
        alarm
        for store in list_stores(session, store_ids)
        for look in _LOOKS
        for alarm in look(session, store, now)
    ]
    return sorted(found, key=lambda alarm: not alarm.grave)


def _hooks(session: Session, store: Store, _now: datetime) -> _Found:
    reached = _reached(session, store)
    checks = hook_checks(session, [store.id])
    for check in (check for check in checks if check.platform in reached):
        label = get_storefront(check.platform).LABEL
        if check.error:
            words = _("The webhooks in %(label)s cannot be checked. %(error)s")
            yield Alarm(store.slug, "hooks_unknown", words % {"label": label, "error": check.error})
        topics = ", ".join(str(fault["topic"]) for fault in check.faults)
        if not topics:
            continue
        if check.rearmed_at:
            words = _(
                "%(label)s had switched webhooks off (%(topics)s). They are on again, and what "
                "was missed is read."
            )
        else:
            words = _("%(label)s has switched webhooks off: %(topics)s. Switch them on again.")
        said = words % {"label": label, "topics": topics}
        yield Alarm(store.slug, "hooks_off", said, grave=check.rearmed_at is None)


def _keys(session: Session, store: Store, _now: datetime) -> _Found:
    try:
        list_sources(session, store)
    except Rejected as no:
        yield Alarm(store.slug, "unreadable", no.reason)


def _reached(session: Session, store: Store) -> set[str]:
    """Name the interfaces that are connected: of one taken away nothing is to be mended."""
    said: list[StoreApp | None] = [None, *list_apps(session, store.id)]
    return {app.platform if app else store.platform for app in said if has_api(store, app)}


def _reading(session: Session, store: Store, _now: datetime) -> _Found:
    reached = _reached(session, store)
    runs = [*progress(session, store.id, "reconcile"), *progress(session, store.id, "backfill")]
    for run in (run for run in runs if run.platform in reached):
        if run.error and run.finished_at is None:
            words = _("The %(feed)s in the storefront cannot be read. %(error)s")
            said = words % {"feed": _(_FEEDS[run.feed]), "error": run.error}
            yield Alarm(store.slug, "unreadable", said)
        if run.refused:
            words = ngettext(
                "%(count)s of the %(feed)s in the storefront could not be understood (%(first)s).",
                "%(count)s of the %(feed)s in the storefront could not be understood (%(first)s).",
                run.refused,
                feed=_(_FEEDS[run.feed]),
                first=run.refusals[0]["id"] if run.refusals else "?",
            )
            yield Alarm(store.slug, "refused", words)


def _missed(session: Session, store: Store, now: datetime) -> _Found:
    number = session.scalar(
        select(func.sum(FeedRun.missed)).where(
            FeedRun.store_id == store.id, FeedRun.started_at > now - _DAY
        )
    )
    if number:
        yield Alarm(
            store.slug,
            "missed",
            ngettext(
                "%(count)s change of an order came without its webhook in the last 24 hours; we "
                "read it ourselves. Are the webhooks on?",
                "%(count)s changes of orders came without their webhooks in the last 24 hours; we "
                "read them ourselves. Are the webhooks on?",
                int(number),
            ),
        )


def _unread(session: Session, store: Store, now: datetime) -> _Found:
    number = session.scalar(
        select(func.count()).where(
            Webhook.store_id == store.id,
            Webhook.received_at > now - _SOON,
            Webhook.outcome.contains(UNREAD),
        )
    )
    if number and not has_api(store):
        words = ngettext(
            "%(count)s webhook told only the number of a thing, and without access to the "
            "storefront it cannot be read. Give the store its access.",
            "%(count)s webhooks told only the numbers of things, and without access to the "
            "storefront they cannot be read. Give the store its access.",
            number,
        )
        yield Alarm(store.slug, "unread", words)


def _lookups(session: Session, store: Store, _now: datetime) -> _Found:
    stuck = (StoreLookup.store_id == store.id) & (StoreLookup.tries >= _TRIES)
    number, error = session.execute(
        select(func.count(), func.min(StoreLookup.error)).where(stuck)
    ).one()
    if number:
        words = ngettext(
            "%(count)s thing is known by its number only and cannot be read. %(error)s",
            "%(count)s things are known by their numbers only and cannot be read. %(error)s",
            number,
            error=error or "",
        )
        yield Alarm(store.slug, "lookups", words)


def _privacy(session: Session, store: Store, now: datetime) -> _Found:
    open_ = (PrivacyRequest.store_id == store.id) & PrivacyRequest.done_at.is_(None)
    number, due_at = session.execute(
        select(func.count(), func.min(PrivacyRequest.due_at)).where(open_)
    ).one()
    if number:
        words = ngettext(
            "%(count)s privacy request waits for an answer, due on %(day)s.",
            "%(count)s privacy requests wait for an answer, the first due on %(day)s.",
            number,
            day=f"{due_at:%Y-%m-%d}",
        )
        yield Alarm(store.slug, "privacy", words, grave=due_at < now + _SOON)


def _silence(session: Session, store: Store, now: datetime) -> _Found:
    usual = now - timedelta(days=_USUAL_DAYS)
    number, last_at = session.execute(
        select(func.count(), func.max(Webhook.received_at)).where(
            Webhook.store_id == store.id, Webhook.received_at > usual
        )
    ).one()
    if number >= _USUAL and last_at < now - timedelta(days=_SILENT_DAYS):
        words = _("No webhook has come since %(day)s; before, they came every day.")
        yield Alarm(store.slug, "silence", words % {"day": f"{last_at:%Y-%m-%d}"})


_LOOKS: tuple[Callable[[Session, Store, datetime], _Found], ...] = (
    _keys,
    _hooks,
    _missed,
    _silence,
    _reading,
    _unread,
    _lookups,
    _privacy,
)
