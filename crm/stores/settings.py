"""A store's settings: caps, quiet hours, sender, value classes, clocks; defaults a shop can trust.

`PUT /settings/{store}` takes back the whole object that GET gives; both are made here.
"""

from dataclasses import dataclass
from datetime import time
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.money import Money, to_minor
from crm.stores.form_fields import faults_by_place
from crm.stores.models import Store
from crm.stores.settings_form import CLASSES, DEFAULTS, SettingsForm, tier_defaults


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `limit` messages per recipient in any `days` days; `channel` None is all."""

    name: str
    limit: int
    days: int
    channel: str | None
    counts: str  # promotions | marketing | all


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A circular window of the buyer's local time; equal ends mean there is none."""

    start: time
    end: time
    preset: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mail is from; marketing needs all three."""

    name: str
    email: str
    postal_address: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a buyer of a class has spent at least, and how fresh the last order is at most."""

    spent_at_least_minor: int
    last_order_within_days: int | None


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """How value classes are drawn: `thresholds` by class letter, best first."""

    policy: str  # thresholds | percentiles | matrix
    thresholds: dict[str, Threshold]
    hysteresis_percent: int


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """Hours until a case needs its first answer, next update and end; and what opens or mutes."""

    first_answer_hours: int
    next_update_hours: int
    resolution_hours: int
    low_score: int
    refund_mute_days: int


@dataclass(frozen=True, slots=True)
class Intake:
    """How often a storefront is looked at for what no webhook brought, and what may be mended."""

    check_minutes: int
    rearm_webhooks: bool


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Everything a seller may set for a store."""

    frequency_caps: tuple[Cap, ...]
    quiet_hours: QuietHours
    holdout_percent: int
    sender: Sender
    tiers: TierPolicy
    retention: dict[str, int]
    intake: Intake
    cases: CaseClocks


def settings_json(store: Store) -> dict[str, Any]:
    """Give the whole settings object, defaults filled in, as the interface shows it."""
    kept = store.settings or {}
    whole = {**DEFAULTS, **kept}
    for part in ("quiet_hours", "sender", "retention", "intake", "cases", "tiers"):
        whole[part] = {**DEFAULTS[part], **kept.get(part, {})}
    if not whole["tiers"]["thresholds"]:
        whole["tiers"]["thresholds"] = tier_defaults(store.currency)
    return whole


def read_settings(store: Store) -> StoreSettings:
    """Read a store's settings into their exact types."""
    whole = settings_json(store)
    quiet = whole["quiet_hours"]
    return StoreSettings(
        frequency_caps=tuple(Cap(**cap) for cap in whole["frequency_caps"]),
        quiet_hours=QuietHours(
            time.fromisoformat(quiet["start"]), time.fromisoformat(quiet["end"]), quiet["preset"]
        ),
        holdout_percent=whole["holdout_percent"],
        sender=Sender(**whole["sender"]),
        tiers=_tier_policy(whole["tiers"], store.currency),
        retention=whole["retention"],
        intake=Intake(**whole["intake"]),
        cases=CaseClocks(**whole["cases"]),
    )


def write_settings(session: Session, store: Store, payload: dict[str, Any]) -> dict[str, Any]:
    """Replace a store's settings. Raises Rejected with the errors by field; nothing is half set."""
    try:
        loaded: dict[str, Any] = SettingsForm().load(payload)
    except ValidationError as error:
        faults = faults_by_place(error.messages, "settings")
        raise Rejected(_("The settings cannot be saved."), faults) from None
    _check_thresholds(loaded["tiers"]["thresholds"], store.currency)
    store.settings = loaded
    session.flush()
    return settings_json(store)


def _tier_policy(tiers: dict[str, Any], currency: str) -> TierPolicy:
    thresholds = {
        letter: Threshold(
            to_minor(tiers["thresholds"][letter]["spent_at_least"], currency),
            tiers["thresholds"][letter].get("last_order_within_days"),
        )
        for letter in CLASSES
        if letter in tiers["thresholds"]
    }
    return TierPolicy(tiers["policy"], thresholds, tiers["hysteresis_percent"])


def _check_thresholds(thresholds: dict[str, Any], currency: str) -> None:
    ladder = [letter for letter in CLASSES if letter in thresholds]
    amounts = [to_minor(thresholds[letter]["spent_at_least"], currency) for letter in ladder]
    for letter, better, worse in zip(ladder[1:], amounts, amounts[1:], strict=False):
        if worse > better:
            place = f"tiers.thresholds.{letter}.spent_at_least"
            most = f"{Money(better, currency).amount} {currency}"
            said = _("must not be more than the class above asks (%(most)s)", most=most)
            raise Rejected(_("The settings cannot be saved."), {place: said})
