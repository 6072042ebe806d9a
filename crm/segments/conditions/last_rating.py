"""The rating of a buyer's newest review."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import bounds, words
from crm.segments.params import Ratings
from crm.segments.scope import Scope
from crm.segments.values import NOTHING, Value

LABEL = mark("Last rating")


class Params(Ratings):
    """Bounds of the mark."""


def where(params: Mapping[str, Any], _scope: Scope) -> ColumnElement[bool]:
    """Hold the rating of the newest review that still stands against the bounds."""
    return bounds.numbers(Buyer.last_rating, params)


def value(_params: Mapping[str, Any], _scope: Scope) -> Value:
    """Tell what it looks at."""
    return Value(Buyer.last_rating, "number", NOTHING)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the bounds."""
    return _("whose last rating is %(number)s", number=words.number(params))
