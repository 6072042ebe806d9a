"""The value a condition looks at for one buyer, and how it is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.orm import InstrumentedAttribute

from crm.i18n import babel_locale, locale, mark, ngettext
from crm.i18n import gettext as _
from crm.money import Money
from crm.segments import words
from crm.segments.scope import Scope

UNKNOWN = mark("unknown")
NEVER = mark("never")
NOTHING = mark("none")
Column = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Value:
    """SQL over Buyer with the way to say what it gives; `missing` is said of NULL."""

    column: Column
    kind: str = "plain"
    missing: str = UNKNOWN

    def say(self, found: Any, scope: Scope) -> str:
        """Say what was found, in the reader's language."""
        if found is None or found == []:
            return _(self.missing)
        return _SAID[self.kind](found, scope)


def moment(column: Column) -> Value:
    """Look at an instant that may never have been."""
    return Value(column, "moment", NEVER)


def newest(events: Select[Any], at: Column, scope: Scope) -> Value:
    """Look at the newest of `events` up to now; `events` is correlated with the buyer."""
    found = events.with_only_columns(func.max(at)).where(at <= scope.now)
    return moment(found.scalar_subquery())


def listed(rows: Select[Any], column: Column) -> Value:
    """Look at every value a buyer has, sorted; `rows` is correlated with the buyer."""
    found = rows.with_only_columns(func.array_agg(column.distinct()))
    return Value(found.scalar_subquery(), "list", NOTHING)


def amount(minor: Column) -> Value:
    """Look at minor units of the store's currency."""
    return Value(minor, "amount")


def _moment(at: datetime, scope: Scope) -> str:
    local = at.astimezone(ZoneInfo(scope.timezone))
    day = format_date(local.date(), locale=babel_locale(locale()))
    days = (scope.now - at).days
    if days < 0:
        return day
    ago = ngettext("%(count)s day ago", "%(count)s days ago", days)
    return _("%(day)s, %(ago)s", day=day, ago=ago)


def _list(found: list[Any], _scope: Scope) -> str:
    return ", ".join(str(one) for one in found)


def _plain(found: Any, _scope: Scope) -> str:
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    return str(found)


_SAID: Mapping[str, Callable[[Any, Scope], str]] = {
    "moment": _moment,
    "list": _list,
    "plain": _plain,
    "word": lambda found, _scope: _(str(found)),
    "number": lambda found, _scope: words.count(found),
    "amount": lambda found, scope: Money(int(found), scope.currency).words(locale()),
}
