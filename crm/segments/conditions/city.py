"""Where a buyer lives: the city."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import bounds, words
from crm.segments.params import Words
from crm.segments.scope import Scope
from crm.segments.values import Value

LABEL = mark("City")


class Params(Words):
    """One city, one of several, or none of several."""


def where(params: Mapping[str, Any], _scope: Scope) -> ColumnElement[bool]:
    """Compare the city, upper and lower case alike; an unknown one is none at all."""
    return bounds.folded(Buyer.city, params)


def value(_params: Mapping[str, Any], _scope: Scope) -> Value:
    """Tell what it looks at."""
    return Value(Buyer.city)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the cities."""
    cities, wanted = words.wanted(params)
    if wanted:
        return _("who live in %(cities)s", cities=cities)
    return _("who live in a city other than %(cities)s", cities=cities)
