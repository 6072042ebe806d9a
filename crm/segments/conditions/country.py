"""Where a buyer lives: the country."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from crm.buyers.models import Buyer
from crm.i18n import babel_locale, locale, mark
from crm.i18n import gettext as _
from crm.segments import bounds, words
from crm.segments.fields import Country
from crm.segments.params import Words, any_of, exactly, none_of
from crm.segments.scope import Scope
from crm.segments.values import Value

LABEL = mark("Country")


class Params(Words):
    """One country, one of several, or none of several, by codes of two letters."""

    is_ = exactly(Country)
    any_of = any_of(Country)
    none_of = none_of(Country)


def where(params: Mapping[str, Any], _scope: Scope) -> ColumnElement[bool]:
    """Compare the country's code; an unknown one is none at all."""
    return bounds.texts(Buyer.country, params)


def value(_params: Mapping[str, Any], _scope: Scope) -> Value:
    """Tell what it looks at."""
    return Value(Buyer.country)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the countries by their names."""
    codes = (params["is"],) if "is" in params else next(iter(params.values()))
    countries, wanted = words.either(_names(codes)), "none_of" not in params
    if wanted:
        return _("who live in %(countries)s", countries=countries)
    return _("who live in a country other than %(countries)s", countries=countries)


def _names(codes: tuple[str, ...]) -> tuple[str, ...]:
    territories = babel_locale(locale()).territories
    return tuple(territories.get(code, code) for code in codes)
