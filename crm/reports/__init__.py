"""Reports: one module each; every one is a table over a store and a span of local days.

A report has `LABEL` (marked text), `COLUMNS` and `rows(session, asked)`, which gives one dict a
row with a value for each column; money in minor units of the store's currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.stores.models import Store

PACKAGE = "crm.reports"
_USUAL_DAYS = 365
_MOST_DAYS = 366 * 20

Kind = Literal["text", "count", "percent", "money", "number"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in JSON and CSV, what it holds, and its heading for people."""

    name: str
    kind: Kind
    label: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is about: a store from its local `since` to `until`, both days included."""

    store: Store
    since: date
    until: date
    now: datetime

    @property
    def start_at(self) -> datetime:
        """The first instant (UTC offset of the store's zone)."""
        return datetime.combine(self.since, time(), ZoneInfo(self.store.timezone))

    @property
    def end_at(self) -> datetime:
        """The first instant that is no longer in it."""
        after = self.until + timedelta(days=1)
        return datetime.combine(after, time(), ZoneInfo(self.store.timezone))


class Report(Protocol):
    """What every report module defines."""

    LABEL: str
    COLUMNS: Sequence[Column]

    def rows(self, session: Session, asked: Asked) -> Sequence[Row]:
        """Give the rows in the order they are read."""


def ask(store: Store, since: date | None, until: date | None, now: datetime) -> Asked:
    """Fill in the usual span: the year up to today. Raises Rejected for one that runs backwards."""
    last = until or now.astimezone(ZoneInfo(store.timezone)).date()
    first = since or last - timedelta(days=_USUAL_DAYS - 1)
    if not timedelta() <= last - first <= timedelta(days=_MOST_DAYS):
        fault = _("must be a day up to `to`, at most twenty years before")
        raise Rejected(_("The span of the report cannot be used."), {"from": fault})
    return Asked(store, first, last, now)


def percent(part: int, whole: int) -> float | None:
    """Give a share in percent with one decimal place; None of nothing."""
    return None if not whole else (part * 2000 + whole) // (2 * whole) / 10
