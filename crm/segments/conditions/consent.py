"""What a buyer allowed us on a channel."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, not_, select

from crm.buyers.models import Buyer, Consent
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments.fields import Choice
from crm.segments.params import Params as Plain
from crm.segments.scope import Scope
from crm.segments.values import Value

LABEL = mark("Consent")
_DECIDED = ("granted", "withdrawn")
_CHANNELS = (("email", mark("Email")), ("sms", mark("SMS")))
_STATUSES = (
    ("granted", mark("granted")),
    ("withdrawn", mark("withdrawn")),
    ("none", mark("never decided")),
)


class Params(Plain):
    """The channel, e-mail unless said otherwise, and what was decided for it."""

    channel = Choice(mark("channel"), _CHANNELS, load_default="email")
    status = Choice(mark("status"), _STATUSES, required=True)


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Read the standing decision; a buyer who never decided has status none."""
    status = params["status"]
    wanted = _DECIDED if status == "none" else (status,)
    decided = _standing(params, scope).where(Consent.status.in_(wanted)).exists()
    return not_(decided) if status == "none" else decided


def _standing(params: Mapping[str, Any], scope: Scope) -> Select[Any]:
    return (
        select(Consent.status)
        .where(Consent.store_id == scope.store_id, Consent.buyer_id == Buyer.id)
        .where(Consent.channel == params["channel"])
        .correlate(Buyer)
    )


def value(params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell what it looks at."""
    return Value(_standing(params, scope).scalar_subquery(), "word", mark("never decided"))


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the decision."""
    channel = _(dict(_CHANNELS)[params["channel"]])
    if params["status"] == "granted":
        return _("who allow %(channel)s", channel=channel)
    if params["status"] == "withdrawn":
        return _("who withdrew their consent for %(channel)s", channel=channel)
    return _("who never decided about %(channel)s", channel=channel)
