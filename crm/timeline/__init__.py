"""A buyer's timeline: everything that happened with her, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, desc, select, tuple_, union_all
from sqlalchemy.orm import Session

from crm.stores.models import Store
from crm.timeline.sources import SOURCES, Source
from crm.timeline.wording import say


@dataclass(frozen=True, slots=True)
class Cursor:
    """The entry a page ended with; the next page is older."""

    at: datetime
    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `id` is that of its own row, unique within its kind."""

    at: datetime
    kind: str
    id: int
    detail: Mapping[str, Any]

    @property
    def cursor(self) -> Cursor:
        """Where a page that ends here is continued."""
        return Cursor(self.at, self.kind, self.id)


def page(
    session: Session, store_id: int, buyer_id: int, before: Cursor | None, limit: int
) -> list[Entry]:
    """Read a page of a buyer's timeline, newest first, below the cursor `before`."""
    parts = [
        select(_newest(source, (store_id, buyer_id), before, limit).subquery())
        for source in SOURCES
    ]
    together = union_all(*parts).subquery()
    query = select(together).order_by(
        desc(together.c.at), desc(together.c.kind), desc(together.c.id)
    )
    return [
        Entry(row.at, row.kind, row.id, row.detail) for row in session.execute(query.limit(limit))
    ]


def words(entry: Entry, store: Store) -> str:
    """Say an entry in the reader's language."""
    return say(entry.kind, entry.detail, store)


def _newest(
    source: Source, whose: tuple[int, int], before: Cursor | None, limit: int
) -> Select[datetime, str, int, dict[str, Any]]:
    query = source.select(*whose)
    if before is not None:
        place = tuple_(source.at, source.place, source.table.id)
        query = query.where(place < tuple_(before.at, before.kind, before.id))
    return query.order_by(source.at.desc(), source.table.id.desc()).limit(limit)
