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

LABEL = mark("Country")


class Params(Words):
    """One country, one of several, or none of several, by codes of two letters."""

    is_ = exactly(Country)
    any_of = any_of(Country)
    none_of = none_of(Country)


def where(params: Mapping[str, Any], _scope: Scope) -> ColumnElement[bool]:
    """Compare the country's code; an unknown one is none at all."""
    return bounds.texts(Buyer.country, params)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the countries by their names."""
    countries, wanted = words.wanted({name: _names(given) for name, given in params.items()})
    if wanted:
        return _("who live in %(countries)s", countries=countries)
    return _("who live in a country other than %(countries)s", countries=countries)


def _names(given: str | tuple[str, ...]) -> tuple[str, ...]:
    codes = (given,) if isinstance(given, str) else given
    territories = babel_locale(locale()).territories
    return tuple(territories.get(code, code) for code in codes)
