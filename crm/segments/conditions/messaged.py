"""Whether we wrote to a buyer, and when we last did."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.messages.models import Message
from crm.segments import bounds, words
from crm.segments.fields import Choice, Reference
from crm.segments.params import Happened
from crm.segments.scope import Scope
from crm.segments.values import Value, newest

LABEL = mark("Messaged")
# Messages that went out, whatever came back, and those that may have gone out.
_WRITTEN = ("accepted", "delivered", "bounced", "complained", "uncertain")
# An uncertain message has no time of acceptance, but it was claimed to be sent.
_WENT_OUT = func.coalesce(Message.accepted_at, Message.claimed_at, Message.created_at)
_CHANNELS = (("email", mark("Email")), ("sms", mark("SMS")))


class Params(Happened):
    """Bounds of the last message, if wanted of one channel or one campaign only."""

    channel = Choice(mark("channel"), _CHANNELS)
    campaign = Reference(mark("campaign"))


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Look for messages that went out."""
    sent = bounds.happened(_messages(params, scope), _WENT_OUT, params, scope)
    return bounds.stated(sent, params)


def _messages(params: Mapping[str, Any], scope: Scope) -> Select[Any]:
    sent = (
        select(Message.id)
        .where(Message.store_id == scope.store_id, Message.buyer_id == Buyer.id)
        .where(Message.state.in_(_WRITTEN))
        .correlate(Buyer)
    )
    if "channel" in params:
        sent = sent.where(Message.channel == params["channel"])
    if "campaign" in params:
        sent = sent.where(Message.campaign_id == params["campaign"])
    return sent


def value(params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell what it looks at."""
    return newest(_messages(params, scope), _WENT_OUT, scope)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say whether and when."""
    about = _about(params)
    when = words.when(params)
    if when and params["is"]:
        return _("who were last written to%(about)s %(when)s", about=about, when=when)
    if when:
        return _("who were not written to%(about)s %(when)s", about=about, when=when)
    if params["is"]:
        return _("who have been written to%(about)s", about=about)
    return _("who have never been written to%(about)s", about=about)


def _about(params: Mapping[str, Any]) -> str:
    about = ""
    if "channel" in params:
        about += _(" by %(channel)s", channel=_(dict(_CHANNELS)[params["channel"]]))
    if "campaign" in params:
        about += _(" in campaign %(campaign)s", campaign=params["campaign"])
    return about
