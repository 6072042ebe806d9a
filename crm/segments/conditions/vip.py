"""Whether somebody of the store marked a buyer as VIP."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import bounds
from crm.segments.params import Params as Plain
from crm.segments.params import flag
from crm.segments.scope import Scope
from crm.segments.values import Value

LABEL = mark("VIP")


class Params(Plain):
    """VIP or not."""

    is_ = flag()


def where(params: Mapping[str, Any], _scope: Scope) -> ColumnElement[bool]:
    """Read the mark."""
    return bounds.stated(Buyer.vip.is_(True), params)


def value(_params: Mapping[str, Any], _scope: Scope) -> Value:
    """Tell what it looks at."""
    return Value(Buyer.vip)


def noun(params: Mapping[str, Any]) -> str | None:
    """Give the word that may stand for 'buyers' in a sentence."""
    return _("VIP buyers") if params["is"] else None


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the mark."""
    return _("who are VIP") if params["is"] else _("who are not VIP")
