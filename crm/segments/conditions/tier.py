"""The value class of a buyer, from A (best) to F."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import bounds, words
from crm.segments.fields import Choice
from crm.segments.params import Words, any_of, exactly, none_of
from crm.segments.scope import Scope
from crm.segments.values import NOTHING, Value

LABEL = mark("Value class")
_CLASSES = tuple((letter, letter) for letter in "ABCDEF")


class Params(Words):
    """One class, one of several, or none of several."""

    is_ = exactly(Choice, _CLASSES)
    any_of = any_of(Choice, _CLASSES)
    none_of = none_of(Choice, _CLASSES)


def where(params: Mapping[str, Any], _scope: Scope) -> ColumnElement[bool]:
    """Compare the class; a buyer without one is in none."""
    return bounds.texts(Buyer.tier, params)


def value(_params: Mapping[str, Any], _scope: Scope) -> Value:
    """Tell what it looks at."""
    return Value(Buyer.tier, missing=NOTHING)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the classes."""
    classes, wanted = words.wanted(params)
    if wanted:
        return _("who are in value class %(classes)s", classes=classes)
    return _("who are in a value class other than %(classes)s", classes=classes)
