"""Complaints: cases by type and cause, how they ended and what they cost."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Float, Numeric, cast, extract, func, select
from sqlalchemy.orm import Session

from crm.cases.models import Case
from crm.i18n import mark
from crm.reports import Asked, Column, Row

LABEL = mark("Complaints")
COLUMNS = (
    Column("type", "text", mark("Type")),
    Column("cause", "text", mark("Cause")),
    Column("opened", "count", mark("Opened")),
    Column("open", "count", mark("Still open")),
    Column("overdue", "count", mark("Overdue")),
    Column("satisfied", "count", mark("Ended satisfied")),
    Column("unsatisfied", "count", mark("Ended unsatisfied")),
    Column("no_answer", "count", mark("Ended without an answer")),
    Column("hours_to_answer", "number", mark("Hours to the first answer")),
    Column("hours_to_close", "number", mark("Hours to the end")),
    Column("cost", "money", mark("Cost")),
)


def rows(session: Session, asked: Asked) -> Sequence[Row]:
    """Count the cases opened within the span; hours are medians of those that have them."""
    cause = func.coalesce(Case.cause, "")
    unclosed = Case.state != "closed"
    query = (
        select(
            Case.type.label("type"),
            cause.label("cause"),
            func.count().label("opened"),
            func.count().filter(unclosed).label("open"),
            func.count().filter(unclosed, Case.due_at < asked.now).label("overdue"),
            func.count().filter(Case.verdict == "satisfied").label("satisfied"),
            func.count().filter(Case.verdict == "unsatisfied").label("unsatisfied"),
            func.count().filter(Case.verdict == "no_answer").label("no_answer"),
            _median_hours(Case.first_answer_at).label("hours_to_answer"),
            _median_hours(Case.closed_at).label("hours_to_close"),
            _cost(asked).label("cost"),
        )
        .where(
            Case.store_id == asked.store.id,
            Case.opened_at >= asked.start_at,
            Case.opened_at < asked.end_at,
        )
        .group_by(Case.type, cause)
        .order_by(func.count().desc(), Case.type, cause)
    )
    return [{**found, "cost": int(found["cost"])} for found in session.execute(query).mappings()]


def _median_hours(at: Any) -> ColumnElement[Any]:
    hours = extract("epoch", at - Case.opened_at) / 3600
    middle = func.percentile_cont(0.5).within_group(hours)
    return func.round(cast(middle, Numeric), 1).cast(Float)


def _cost(asked: Asked) -> ColumnElement[int]:
    same = Case.currency == asked.store.currency
    return func.coalesce(func.sum(Case.cost_minor).filter(same), 0)
