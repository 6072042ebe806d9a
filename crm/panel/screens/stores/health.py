"""What is wrong with a store's intake, each with the button or the link that mends it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from crm.alarms import Alarm, list_alarms
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.panel.desk import Desk
from crm.stores.models import Store

# The part of the store's page where a kind of trouble is looked at, and what the link says.
_PLACES: Mapping[str, tuple[str, str]] = {
    "hooks_off": ("webhooks", mark("See the webhooks")),
    "hooks_unknown": ("webhooks", mark("See the webhooks")),
    "missed": ("webhooks", mark("See the webhooks")),
    "silence": ("webhooks", mark("See the webhooks")),
    "unreadable": ("looks", mark("See what is read")),
    "refused": ("looks", mark("See which")),
}
# What mends a kind at once: the view it is posted to, the permission it needs, the button.
_ACTS: Mapping[str, tuple[str, str, str]] = {
    "hooks_off": ("panel.set_up_hooks", "stores.write", mark("Switch on again")),
    "unreadable": ("panel.look_now", "webhooks.replay", mark("Try again")),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that needs a look; `act` is the address of the button, where one mends it."""

    words: str
    grave: bool
    place: str
    place_words: str
    act: str | None = None
    act_words: str = ""


def troubles(desk: Desk, store: Store) -> list[Trouble]:
    """List what is wrong with a store, the gravest first."""
    found = list_alarms(desk.session, [store.id], desk.now)
    return [_trouble(desk, store, alarm) for alarm in found]


def grave_troubles(desk: Desk) -> list[Trouble]:
    """List what is gravely wrong with the store the reader is in."""
    return [one for one in troubles(desk, desk.store) if one.grave]


def count_by_store(desk: Desk) -> Mapping[str, int]:
    """Count the grave alarms of the reader's stores, by slug."""
    mine: Sequence[int] = [store.id for store in desk.stores]
    found = list_alarms(desk.session, mine, desk.now)
    return Counter(alarm.store for alarm in found if alarm.grave)


def _trouble(desk: Desk, store: Store, alarm: Alarm) -> Trouble:
    place, place_words = _place(desk, store, alarm.kind)
    view, permission, words = _ACTS.get(alarm.kind, ("", "", ""))
    may = bool(view) and alarm.grave and desk.may(permission)
    return Trouble(
        words=alarm.words,
        grave=alarm.grave,
        place=place,
        place_words=place_words,
        act=url_for(view, slug=store.slug) if may else None,
        act_words=_(words) if words else "",
    )


def _place(desk: Desk, store: Store, kind: str) -> tuple[str, str]:
    if kind == "privacy":
        return url_for("panel.privacy_requests"), _("See the requests")
    if kind in ("lookups", "unread") and desk.may("stores.write"):
        return url_for("panel.edit_store", slug=store.slug), _("Check the API access")
    anchor, words = _PLACES.get(kind, ("", mark("See the store")))
    return url_for("panel.store", slug=store.slug, _anchor=anchor or None), _(words)
