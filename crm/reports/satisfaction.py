"""Satisfaction by month: survey answers and reviews."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.buyers.models import Review
from crm.i18n import mark
from crm.reports import Asked, Column, Row
from crm.reports._months import month
from crm.surveys.models import Response

LABEL = mark("Satisfaction")
COLUMNS = (
    Column("month", "text", mark("Month")),
    Column("answers", "count", mark("Survey answers")),
    Column("average_score", "number", mark("Average score")),
    Column("low_scores", "count", mark("Scores of 1 or 2")),
    Column("reviews", "count", mark("Reviews")),
    Column("average_rating", "number", mark("Average rating")),
    Column("bad_reviews", "count", mark("Reviews of 1 or 2 stars")),
)
_LOW = 2


def rows(session: Session, asked: Asked) -> Sequence[Row]:
    """Count answers by the month they came, undeleted reviews by the month they were posted."""
    counted: dict[str, dict[str, Any]] = defaultdict(
        lambda: {column.name: 0 if column.kind == "count" else None for column in COLUMNS}
    )
    answers = _tally(session, asked, Response, Response.answered_at, Response.score)
    for when, number, total, low in answers:
        average = _average(number, total)
        counted[when] |= {"answers": number, "average_score": average, "low_scores": low}
    reviews = _tally(session, asked, Review, Review.posted_at, Review.rating)
    for when, number, total, low in reviews:
        average = _average(number, total)
        counted[when] |= {"reviews": number, "average_rating": average, "bad_reviews": low}
    return [{**counted[when], "month": when} for when in sorted(counted)]


def _tally(
    session: Session, asked: Asked, table: Any, at: Any, score: Any
) -> Sequence[tuple[str, int, int, int]]:
    when = month(asked, at)
    query = select(when, func.count(), func.sum(score), func.count().filter(score <= _LOW)).where(
        table.store_id == asked.store.id, at >= asked.start_at, at < asked.end_at
    )
    if table is Review:
        query = query.where(Review.deleted_at.is_(None))
    return session.execute(query.group_by(when)).all()


def _average(number: int, total: int) -> float:
    return (200 * int(total) + number) // (2 * number) / 100
