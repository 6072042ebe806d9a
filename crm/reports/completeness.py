"""Completeness: of how many buyers each particular is known."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from crm.buyers.completeness import field_counts
from crm.i18n import mark
from crm.reports import Asked, Column, Row, percent

LABEL = mark("Completeness")
COLUMNS = (
    Column("field", "text", mark("Field")),
    Column("known", "count", mark("Known")),
    Column("buyers", "count", mark("Buyers")),
    Column("percent", "percent", mark("Share")),
)


def rows(session: Session, asked: Asked) -> Sequence[Row]:
    """Count the buyers of today, whatever the span."""
    buyers, counts = field_counts(session, asked.store.id)
    return [
        {"field": field, "known": known, "buyers": buyers, "percent": percent(known, buyers)}
        for field, known in counts.items()
    ]
