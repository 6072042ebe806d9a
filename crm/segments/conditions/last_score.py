"""The score of a buyer's newest survey answer."""

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

LABEL = mark("Last survey score")


class Params(Ratings):
    """Bounds of the mark."""


def where(params: Mapping[str, Any], _scope: Scope) -> ColumnElement[bool]:
    """Hold the newest score against the bounds."""
    return bounds.numbers(Buyer.last_score, params)


def value(_params: Mapping[str, Any], _scope: Scope) -> Value:
    """Tell what it looks at."""
    return Value(Buyer.last_score, "number", NOTHING)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the bounds."""
    return _("whose last survey score is %(number)s", number=words.number(params))
