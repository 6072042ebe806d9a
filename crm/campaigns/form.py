"""The form of a campaign: every field, its limits, and what is wrong with it by place."""

from typing import Any

from marshmallow import ValidationError, validates_schema

from crm import registry
from crm.campaigns.kinds import PACKAGE
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.messages import render
from crm.segments import rule as rules
from crm.stores.form_fields import (
    Choice,
    Flag,
    Form,
    Mapping,
    Part,
    Whole,
    Words,
    faults_by_place,
)


def _amount(text: str) -> None:
    whole, _, places = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and (not places or places.isdigit())):
        raise ValidationError(mark('must be an amount as decimal text such as "12.50"'))


class MessageForm(Form):
    """What the message says; Liquid in subject, preheader and body."""

    subject = Words(300, 1, required=True)
    preheader = Words(300, load_default="")
    body = Words(65_536, 1, required=True)
    format = Choice(["mjml", "html", "text"], load_default="html")


class OfferForm(Form):
    """A discount code of the buyer's own: a percentage or an amount."""

    percent = Whole(1, 100)
    amount = Words(validate=[_amount])
    valid_days = Whole(1, 366, load_default=14)
    minimum = Words(validate=[_amount], allow_none=True)
    single_use = Flag(load_default=True)

    @validates_schema
    def _either(self, loaded: dict[str, Any], **_options: Any) -> None:
        if ("percent" in loaded) == ("amount" in loaded):
            raise ValidationError(mark("give either percent or amount"), "percent")


class CampaignForm(Form):
    """A whole campaign but for its store."""

    name = Words(200, 1, required=True)
    kind = Words(required=True)
    channel = Choice(["email"], load_default="email")
    topic = Words(60)
    priority = Whole(0, 100, load_default=50)
    audience = Mapping(load_default=None, allow_none=True)
    schedule = Mapping(load_default=dict)
    message = Part(MessageForm, required=True)
    offer = Part(OfferForm, load_default=None, allow_none=True)
    holdout_percent = Whole(0, 90, load_default=0)
    when_capped = Choice(["defer", "drop"], load_default="defer")
    expires_after_hours = Whole(1, 24 * 366, load_default=72)


def read_form(payload: dict[str, Any]) -> dict[str, Any]:
    """Check a campaign's payload and give its columns. Raises Rejected with errors by place."""
    try:
        loaded: dict[str, Any] = CampaignForm().load(payload)
    except ValidationError as error:
        faults = faults_by_place(error.messages, "campaign")
        raise Rejected(_("The campaign cannot be saved."), faults) from None
    errors = _schedule(loaded) | _audience(loaded["audience"]) | _templates(loaded["message"])
    if errors:
        raise Rejected(_("The campaign cannot be saved."), errors)
    return loaded


def _schedule(loaded: dict[str, Any]) -> dict[str, str]:
    known = registry.keys(PACKAGE)
    if loaded["kind"] not in known:
        return {"kind": _("is unknown; there are: %(known)s", known=", ".join(known))}
    kind = registry.get_plugin(PACKAGE, loaded["kind"])
    try:
        schedule = kind.Schedule()
        loaded["schedule"] = schedule.dump(schedule.load(loaded["schedule"]))
    except ValidationError as error:
        return faults_by_place({"schedule": error.messages}, "schedule")
    loaded.setdefault("topic", kind.TOPIC)
    return {}


def _audience(audience: dict[str, Any] | None) -> dict[str, str]:
    if audience is None:
        return {}
    if "segment" in audience:
        named = str(audience["segment"])
        if len(audience) == 1 and len(named) < 19 and named.isascii() and named.isdigit():
            return {}
        return {"audience.segment": _("must be the id of a saved segment, and nothing beside it")}
    try:
        rules.parse(audience)
    except Rejected as no:
        return {f"audience.{place}".rstrip("."): said for place, said in no.errors.items()} or {
            "audience": no.reason
        }
    return {}


def _templates(message: dict[str, Any]) -> dict[str, str]:
    return {f"message.{problem.field}": problem.words for problem in render.check(message)}
