"""The form of a store's settings: what may be written, its limits and its defaults."""

from datetime import time
from typing import Any

from marshmallow import ValidationError, validate, validates_schema

from crm.i18n import gettext as _
from crm.i18n import mark
from crm.money import Money, minor_places
from crm.stores.form_fields import Choice, Flag, Form, Listed, Mapping, Part, Whole, Words

CLASSES = ("A", "B", "C", "D", "E", "F")
# No marketing between these local hours whatever a shop sets. CN: carriers refuse promotional
# traffic outside 8-22; US: 47 CFR 64.1200(c)(1), 8-21. The EU has no hours in law.
LAW = {"CN": (time(22), time(8)), "US": (time(21), time(8)), "EU": (time(0), time(0))}

DEFAULTS: dict[str, Any] = {
    "frequency_caps": [
        {"name": "promotions", "limit": 2, "days": 7, "channel": None, "counts": "promotions"}
    ],
    "quiet_hours": {"start": "21:00", "end": "09:00", "preset": "EU"},
    "holdout_percent": 0,
    "sender": {"name": "", "email": "", "postal_address": ""},
    "tiers": {"policy": "thresholds", "thresholds": {}, "hysteresis_percent": 10},
    "retention": {"webhook_bodies_days": 30},
    "intake": {"check_minutes": 15, "rearm_webhooks": True},
    "cases": {
        "first_answer_hours": 24,
        "next_update_hours": 24,
        "resolution_hours": 72,
        "low_score": 2,
        "refund_mute_days": 7,
    },
}
# Whole euros; other currencies scale by their usual size against the euro.
_LADDER = {"A": (500, 365), "B": (150, 365), "C": (1, 365), "D": (1, 730), "E": (1, None)}
_SCALE = {"JPY": 150, "KRW": 1500, "CNY": 8, "TWD": 35, "HKD": 8, "VND": 25000}


def tier_defaults(currency: str) -> dict[str, dict[str, Any]]:
    """Draw the value classes for a shop that has not drawn its own."""
    scale = _SCALE.get(currency, 1)
    unit = 10 ** minor_places(currency)
    ladder: dict[str, dict[str, Any]] = {
        letter: {
            "spent_at_least": Money(amount * scale * unit, currency).amount,
            "last_order_within_days": days,
        }
        for letter, (amount, days) in _LADDER.items()
    }
    return ladder


def _clock(value: str) -> None:
    try:
        parsed = time.fromisoformat(value)
    except ValueError:
        raise ValidationError(mark("must be a time of day such as 21:00")) from None
    if parsed.tzinfo is not None or len(value) != 5:
        raise ValidationError(mark("must be a time of day such as 21:00"))


def _amount(value: str) -> None:
    whole, _, places = value.partition(".")
    if not whole.isascii() or not whole.isdigit() or (places and not places.isdigit()):
        raise ValidationError(mark('must be an amount as decimal text such as "12.50"'))


class CapForm(Form):
    """One frequency cap."""

    name = Words(60, 1, required=True)
    limit = Whole(1, 50, required=True)
    days = Whole(1, 366, required=True)
    channel = Choice(["email", "sms"], load_default=None, allow_none=True)
    counts = Choice(["promotions", "marketing", "all"], load_default="promotions")


class QuietHoursForm(Form):
    """Hours without marketing."""

    start = Words(required=True, validate=[_clock])
    end = Words(required=True, validate=[_clock])
    preset = Choice(sorted(LAW), load_default="EU")

    @validates_schema
    def _within_the_law(self, loaded: dict[str, Any], **_options: Any) -> None:
        start, end = time.fromisoformat(loaded["start"]), time.fromisoformat(loaded["end"])
        quiet_from, quiet_to = LAW[loaded["preset"]]
        for minute in _minutes(quiet_from, quiet_to):
            if minute not in _minutes(start, end):
                raise ValidationError(_too_short(quiet_from, quiet_to), "start")


class SenderForm(Form):
    """Who the mail is from."""

    name = Words(120, load_default="")
    email = Words(254, load_default="")
    postal_address = Words(400, load_default="")

    @validates_schema
    def _address(self, loaded: dict[str, Any], **_options: Any) -> None:
        if loaded["email"]:
            try:
                validate.Email(error=mark("is not an email address"))(loaded["email"])
            except ValidationError as fault:
                raise ValidationError(fault.messages, "email") from None
        if any("\n" in loaded[part] or "\r" in loaded[part] for part in ("name", "email")):
            raise ValidationError(mark("must be one line"), "name")


class ThresholdForm(Form):
    """What one class asks."""

    spent_at_least = Words(required=True, validate=[_amount])
    last_order_within_days = Whole(1, 3660, load_default=None, allow_none=True)


class TiersForm(Form):
    """How value classes are drawn."""

    policy = Choice(["thresholds", "percentiles", "matrix"], load_default="thresholds")
    thresholds = Mapping(keys=Choice(CLASSES), values=Part(ThresholdForm), load_default=dict)
    hysteresis_percent = Whole(0, 50, load_default=10)


class RetentionForm(Form):
    """How long raw things are kept, in days."""

    webhook_bodies_days = Whole(1, 365, load_default=30)


class IntakeForm(Form):
    """How a storefront is watched."""

    check_minutes = Whole(1, 1440, load_default=15)
    rearm_webhooks = Flag(load_default=True)


class CasesForm(Form):
    """The clocks of cases, and what opens or mutes."""

    first_answer_hours = Whole(1, 720, load_default=24)
    next_update_hours = Whole(1, 720, load_default=24)
    resolution_hours = Whole(1, 2160, load_default=72)
    low_score = Whole(1, 4, load_default=2)
    refund_mute_days = Whole(0, 90, load_default=7)


class SettingsForm(Form):
    """The whole object."""

    frequency_caps = Listed(Part(CapForm), load_default=lambda: DEFAULTS["frequency_caps"])
    quiet_hours = Part(QuietHoursForm, load_default=lambda: DEFAULTS["quiet_hours"])
    holdout_percent = Whole(0, 50, load_default=0)
    sender = Part(SenderForm, load_default=lambda: DEFAULTS["sender"])
    tiers = Part(TiersForm, load_default=lambda: DEFAULTS["tiers"])
    retention = Part(RetentionForm, load_default=lambda: DEFAULTS["retention"])
    intake = Part(IntakeForm, load_default=lambda: DEFAULTS["intake"])
    cases = Part(CasesForm, load_default=lambda: DEFAULTS["cases"])

    @validates_schema
    def _names_differ(self, loaded: dict[str, Any], **_options: Any) -> None:
        names = [cap["name"] for cap in loaded["frequency_caps"]]
        if len(set(names)) < len(names):
            raise ValidationError(mark("every cap needs its own name"), "frequency_caps")


def _too_short(quiet_from: time, quiet_to: time) -> str:
    hours = {"start": f"{quiet_from:%H:%M}", "end": f"{quiet_to:%H:%M}"}
    return _("must cover at least %(start)s to %(end)s, which the law asks for", **hours)


def _minutes(start: time, end: time) -> set[int]:
    first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
    if first <= last:
        return set(range(first, last))
    return set(range(first, 1440)) | set(range(last))
