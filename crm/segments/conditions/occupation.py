"""What a buyer does for a living."""

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

LABEL = mark("Occupation")


class Params(Words):
    """One occupation, one of several, or none of several."""


def where(params: Mapping[str, Any], _scope: Scope) -> ColumnElement[bool]:
    """Compare the occupation, upper and lower case alike; an unknown one is none at all."""
    return bounds.folded(Buyer.occupation, params)


def value(_params: Mapping[str, Any], _scope: Scope) -> Value:
    """Tell what it looks at."""
    return Value(Buyer.occupation)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the occupations."""
    occupations, wanted = words.wanted(params)
    if wanted:
        return _("whose occupation is %(occupations)s", occupations=occupations)
    return _("whose occupation is known and not %(occupations)s", occupations=occupations)
