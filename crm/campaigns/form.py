"""The form of a campaign: every field, its limits, and what is wrong with it by place."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from crm import registry
from crm.campaigns.kinds import PACKAGE
from crm.errors import Rejected
from crm.messages import render
from crm.segments import rule as rules


def _text(high: int, low: int = 0, **options: Any) -> fields.String:
    return fields.String(validate=validate.Length(low, high), **options)


def _whole(low: int, high: int, **options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(low, high), **options)


def _amount(text: str) -> None:
    whole, _, places = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and (not places or places.isdigit())):
        raise ValidationError('must be an amount as text such as "30.00"')


class MessageForm(Schema):
    """What the message says; Liquid in subject, preheader and body."""

    subject = _text(300, required=True, low=1)
    preheader = _text(300, load_default="")
    body = _text(65_536, required=True, low=1)
    format = fields.String(load_default="html", validate=validate.OneOf(["mjml", "html", "text"]))


class OfferForm(Schema):
    """A discount code of the buyer's own: a percentage or an amount."""

    percent = _whole(1, 100)
    amount = fields.String(validate=_amount)
    valid_days = _whole(1, 366, load_default=14)
    minimum = fields.String(validate=_amount, allow_none=True)
    single_use = fields.Boolean(load_default=True, truthy={True}, falsy={False})

    @validates_schema
    def _either(self, loaded: dict[str, Any], **_: Any) -> None:
        if ("percent" in loaded) == ("amount" in loaded):
            raise ValidationError("give either percent or amount", "percent")


class CampaignForm(Schema):
    """A whole campaign but for its store."""

    name = _text(200, required=True, low=1)
    kind = fields.String(required=True)
    channel = fields.String(load_default="email", validate=validate.OneOf(["email"]))
    topic = _text(60)
    priority = _whole(0, 100, load_default=50)
    audience = fields.Dict(load_default=None, allow_none=True)
    schedule = fields.Dict(load_default=dict)
    message = fields.Nested(MessageForm, required=True)
    offer = fields.Nested(OfferForm, load_default=None, allow_none=True)
    holdout_percent = _whole(0, 90, load_default=0)
    when_capped = fields.String(load_default="defer", validate=validate.OneOf(["defer", "drop"]))
    expires_after_hours = _whole(1, 24 * 366, load_default=72)


def read_form(payload: dict[str, Any]) -> dict[str, Any]:
    """Check a campaign's payload and give its columns. Raises Rejected with errors by place."""
    try:
        loaded: dict[str, Any] = CampaignForm().load(payload)
    except ValidationError as error:
        raise Rejected("The campaign cannot be saved.", _places(error.messages)) from None
    errors = _schedule(loaded) | _audience(loaded["audience"]) | _templates(loaded["message"])
    if errors:
        raise Rejected("The campaign cannot be saved.", errors)
    return loaded


def _schedule(loaded: dict[str, Any]) -> dict[str, str]:
    known = registry.keys(PACKAGE)
    if loaded["kind"] not in known:
        return {"kind": f"there is no kind {loaded['kind']!r}; there are: {', '.join(known)}"}
    kind = registry.get_plugin(PACKAGE, loaded["kind"])
    try:
        schedule = kind.Schedule()
        loaded["schedule"] = schedule.dump(schedule.load(loaded["schedule"]))
    except ValidationError as error:
        return _places(error.messages, "schedule")
    loaded.setdefault("topic", kind.TOPIC)
    return {}


def _audience(audience: dict[str, Any] | None) -> dict[str, str]:
    if audience is None:
        return {}
    if "segment" in audience:
        named = str(audience["segment"])
        if len(audience) == 1 and len(named) < 19 and named.isascii() and named.isdigit():
            return {}
        return {"audience.segment": "must be the id of a saved segment, and nothing beside it"}
    try:
        rules.parse(audience)
    except Rejected as no:
        return {f"audience.{place}".rstrip("."): said for place, said in no.errors.items()} or {
            "audience": no.reason
        }
    return {}


def _templates(message: dict[str, Any]) -> dict[str, str]:
    return {f"message.{problem.field}": problem.words for problem in render.check(message)}


def _places(messages: Any, place: str = "") -> dict[str, str]:
    if isinstance(messages, dict):
        found: dict[str, str] = {}
        for key, inner in messages.items():
            step = place if key == "_schema" else f"{place}.{key}".lstrip(".")
            found |= _places(inner, step)
        return found
    texts = messages if isinstance(messages, list) else [messages]
    return {place or "campaign": " ".join(str(text) for text in texts)}
