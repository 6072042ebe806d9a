"""Params in the reader's words: the phrases that conditions build their sentences from."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from crm.i18n import babel_locale, locale, ngettext
from crm.i18n import gettext as _

Params = Mapping[str, Any]


def when(params: Params) -> str:
    """Say when something was: 'within the last 7 days', 'at least 90 days ago'."""
    last, ago = params.get("within_days"), params.get("days_ago_at_least")
    if last is not None and ago is not None:
        return _("between %(ago)s and %(last)s days ago", ago=ago, last=last)
    if last is not None:
        return ngettext("within the last %(count)s day", "within the last %(count)s days", last)
    if ago is not None:
        return ngettext("at least %(count)s day ago", "at least %(count)s days ago", ago)
    return ""


def number(params: Params) -> str:
    """Say the bounds of a number: 'at least 3', 'between 3 and 5', 'exactly 1', '1 or 2'."""
    if "is" in params:
        return _("exactly %(number)s", number=params["is"])
    if "any_of" in params:
        return either(params["any_of"])
    if "none_of" in params:
        return _("known and not %(numbers)s", numbers=either(params["none_of"]))
    return _bounds({name: str(params[name]) for name in ("at_least", "at_most") if name in params})


def _bounds(words: Mapping[str, str]) -> str:
    if len(words) == 2:
        return _("between %(low)s and %(high)s", low=words["at_least"], high=words["at_most"])
    if "at_least" in words:
        return _("at least %(number)s", number=words["at_least"])
    return _("at most %(number)s", number=words["at_most"])


def amount(params: Params, currency: str) -> str:
    """Say the bounds of an amount as people of the reader's language write money."""
    names = (name for name in ("at_least", "at_most") if name in params)
    return _bounds({name: money(params[name], currency) for name in names})


def money(value: Decimal, currency: str) -> str:
    """Say an amount; without a currency it is a plain number."""
    spoken = babel_locale(locale())
    if currency:
        return format_currency(value, currency, locale=spoken)
    return format_decimal(value, locale=spoken)


def either(words: Iterable[Any]) -> str:
    """Join values by 'or'."""
    return format_list([str(word) for word in words], style="or", locale=babel_locale(locale()))


def wanted(params: Params) -> tuple[str, bool]:
    """Give the values of `is`, `any_of` or `none_of` in words, and whether one must be there."""
    if "none_of" in params:
        return either(params["none_of"]), False
    return either(params.get("any_of") or (params["is"],)), True


def count(value: int) -> str:
    """Say a number as the reader's language groups its digits."""
    return format_decimal(value, locale=babel_locale(locale()))
