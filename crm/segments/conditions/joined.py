"""When a buyer joined: the storefront's date, else when we first saw her."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import bounds, words
from crm.segments.params import Moments
from crm.segments.scope import Scope
from crm.segments.values import Value, moment

LABEL = mark("Joined")


class Params(Moments):
    """Bounds of the instant."""


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Hold the instant of joining against the bounds."""
    return bounds.moments(Buyer.joined_at, params, scope)


def value(_params: Mapping[str, Any], _scope: Scope) -> Value:
    """Tell what it looks at."""
    return moment(Buyer.joined_at)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the bounds."""
    return _("who joined %(when)s", when=words.when(params))
