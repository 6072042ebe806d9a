"""Whether a buyer holds a coupon that can still be used."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from crm.buyers.models import Buyer
from crm.coupons.models import Coupon
from crm.i18n import gettext as _
from crm.i18n import mark, ngettext
from crm.segments import bounds, words
from crm.segments.fields import MOST_DAYS, Reference, Whole
from crm.segments.params import Happened
from crm.segments.scope import Scope
from crm.segments.values import Value, newest

LABEL = mark("Unused coupon")


class Params(Happened):
    """Bounds of when the newest such coupon was issued, of its campaign and of its end."""

    expires_within_days = Whole(mark("expires within days"), 0, MOST_DAYS)
    campaign = Reference(mark("campaign"))


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Look for live coupons that have not run out."""
    held = bounds.happened(_held(params, scope), Coupon.issued_at, params, scope)
    return bounds.stated(held, params)


def _held(params: Mapping[str, Any], scope: Scope) -> Select[Any]:
    held = (
        select(Coupon.id)
        .where(Coupon.store_id == scope.store_id, Coupon.buyer_id == Buyer.id)
        .where(Coupon.state == "live", Coupon.expires_at > scope.now)
        .correlate(Buyer)
    )
    if "expires_within_days" in params:
        end = scope.now + timedelta(days=params["expires_within_days"])
        held = held.where(Coupon.expires_at <= end)
    if "campaign" in params:
        held = held.where(Coupon.campaign_id == params["campaign"])
    return held


def value(params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell what it looks at."""
    return newest(_held(params, scope), Coupon.issued_at, scope)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say whether, since when and until when."""
    details = "".join(_details(params))
    if params["is"]:
        return _("who hold an unused coupon%(details)s", details=details)
    return _("who hold no unused coupon%(details)s", details=details)


def _details(params: Mapping[str, Any]) -> list[str]:
    said = []
    if "campaign" in params:
        said.append(_(" of campaign %(campaign)s", campaign=params["campaign"]))
    if when := words.when(params):
        said.append(_(" issued %(when)s", when=when))
    if "expires_within_days" in params:
        said.append(_ending(params["expires_within_days"]))
    return said


def _ending(days: int) -> str:
    return ngettext(" that ends within %(count)s day", " that ends within %(count)s days", days)
