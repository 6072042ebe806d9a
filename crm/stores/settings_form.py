"""The form of a store's settings: what may be written, its limits and its defaults."""

from datetime import time
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from crm.money import Money, minor_places

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


def _whole(low: int, high: int, **options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(low, high), **options)


def _clock(value: str) -> None:
    try:
        parsed = time.fromisoformat(value)
    except ValueError:
        raise ValidationError("must be a time of day such as 21:00") from None
    if parsed.tzinfo is not None or len(value) != 5:
        raise ValidationError("must be a time of day such as 21:00")


def _amount(value: str) -> None:
    whole, _, places = value.partition(".")
    if not whole.isascii() or not whole.isdigit() or (places and not places.isdigit()):
        raise ValidationError('must be an amount as text such as "120.00"')


class CapForm(Schema):
    """One frequency cap."""

    name = fields.String(required=True, validate=validate.Length(1, 60))
    limit = _whole(1, 50, required=True)
    days = _whole(1, 366, required=True)
    channel = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(["email", "sms"])
    )
    counts = fields.String(
        load_default="promotions", validate=validate.OneOf(["promotions", "marketing", "all"])
    )


class QuietHoursForm(Schema):
    """Hours without marketing."""

    start = fields.String(required=True, validate=_clock)
    end = fields.String(required=True, validate=_clock)
    preset = fields.String(load_default="EU", validate=validate.OneOf(sorted(LAW)))

    @validates_schema
    def _within_the_law(self, loaded: dict[str, Any], **_: Any) -> None:
        start, end = time.fromisoformat(loaded["start"]), time.fromisoformat(loaded["end"])
        quiet_from, quiet_to = LAW[loaded["preset"]]
        for minute in _minutes(quiet_from, quiet_to):
            if minute not in _minutes(start, end):
                raise ValidationError(
                    f"must cover {quiet_from:%H:%M} to {quiet_to:%H:%M}, the least that"
                    f" {loaded['preset']} asks",
                    "start",
                )


class SenderForm(Schema):
    """Who the mail is from."""

    name = fields.String(load_default="", validate=validate.Length(max=120))
    email = fields.String(load_default="", validate=validate.Length(max=254))
    postal_address = fields.String(load_default="", validate=validate.Length(max=400))

    @validates_schema
    def _address(self, loaded: dict[str, Any], **_: Any) -> None:
        if loaded["email"]:
            validate.Email(error="must be an e-mail address")(loaded["email"])
        if any("\n" in loaded[part] or "\r" in loaded[part] for part in ("name", "email")):
            raise ValidationError("must be one line", "name")


class ThresholdForm(Schema):
    """What one class asks."""

    spent_at_least = fields.String(required=True, validate=_amount)
    last_order_within_days = _whole(1, 3660, load_default=None, allow_none=True)


class TiersForm(Schema):
    """How value classes are drawn."""

    policy = fields.String(
        load_default="thresholds",
        validate=validate.OneOf(["thresholds", "percentiles", "matrix"]),
    )
    thresholds = fields.Dict(
        keys=fields.String(validate=validate.OneOf(CLASSES)),
        values=fields.Nested(ThresholdForm),
        load_default=dict,
    )
    hysteresis_percent = _whole(0, 50, load_default=10)


class RetentionForm(Schema):
    """How long raw things are kept, in days."""

    webhook_bodies_days = _whole(1, 365, load_default=30)


class CasesForm(Schema):
    """The clocks of cases, and what opens or mutes."""

    first_answer_hours = _whole(1, 720, load_default=24)
    next_update_hours = _whole(1, 720, load_default=24)
    resolution_hours = _whole(1, 2160, load_default=72)
    low_score = _whole(1, 4, load_default=2)
    refund_mute_days = _whole(0, 90, load_default=7)


class SettingsForm(Schema):
    """The whole object."""

    frequency_caps = fields.List(
        fields.Nested(CapForm), load_default=lambda: DEFAULTS["frequency_caps"]
    )
    quiet_hours = fields.Nested(QuietHoursForm, load_default=lambda: DEFAULTS["quiet_hours"])
    holdout_percent = _whole(0, 50, load_default=0)
    sender = fields.Nested(SenderForm, load_default=lambda: DEFAULTS["sender"])
    tiers = fields.Nested(TiersForm, load_default=lambda: DEFAULTS["tiers"])
    retention = fields.Nested(RetentionForm, load_default=lambda: DEFAULTS["retention"])
    cases = fields.Nested(CasesForm, load_default=lambda: DEFAULTS["cases"])

    @validates_schema
    def _names_differ(self, loaded: dict[str, Any], **_: Any) -> None:
        names = [cap["name"] for cap in loaded["frequency_caps"]]
        if len(set(names)) < len(names):
            raise ValidationError("every cap needs its own name", "frequency_caps")


def _minutes(start: time, end: time) -> set[int]:
    first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
    if first <= last:
        return set(range(first, last))
    return set(range(first, 1440)) | set(range(last))
