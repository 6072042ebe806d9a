"""Whether a buyer followed a link of a message, and when she last did."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.messages.models import Click
from crm.segments import bounds, words
from crm.segments.fields import Reference
from crm.segments.params import Happened
from crm.segments.scope import Scope
from crm.segments.values import Value, newest

LABEL = mark("Clicked")


class Params(Happened):
    """Bounds of the last click, if wanted of one campaign only."""

    campaign = Reference(mark("campaign"))


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Look for clicks."""
    clicked = bounds.happened(_clicks(params, scope), Click.clicked_at, params, scope)
    return bounds.stated(clicked, params)


def _clicks(params: Mapping[str, Any], scope: Scope) -> Select[Any]:
    clicks = (
        select(Click.id)
        .where(Click.store_id == scope.store_id, Click.buyer_id == Buyer.id)
        .correlate(Buyer)
    )
    if "campaign" in params:
        clicks = clicks.where(Click.campaign_id == params["campaign"])
    return clicks


def value(params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell what it looks at."""
    return newest(_clicks(params, scope), Click.clicked_at, scope)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say whether and when."""
    about = _(" in campaign %(campaign)s", **params) if "campaign" in params else ""
    when = words.when(params)
    if when and params["is"]:
        return _("who last clicked a link%(about)s %(when)s", about=about, when=when)
    if when:
        return _("who clicked no link%(about)s %(when)s", about=about, when=when)
    if params["is"]:
        return _("who have clicked a link%(about)s", about=about)
    return _("who have never clicked a link%(about)s", about=about)
