"""Reads of cases and their steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.cases.models import Case, Step
from crm.cases.states import TELLING


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to list; None does not narrow. `overdue_at` is the present of overdue ones."""

    buyer_id: int | None = None
    state: str | None = None
    type: str | None = None
    cause: str | None = None
    assignee: str | None = None
    open: bool | None = None
    overdue_at: datetime | None = None


def find_case(session: Session, store_ids: Sequence[int] | None, case_id: int) -> Case | None:
    """Read one case of the stores (None: of all)."""
    found: Case | None = session.scalar(_of(select(Case), store_ids).where(Case.id == case_id))
    return found


def list_cases(
    session: Session,
    store_ids: Sequence[int] | None,
    wanted: CaseFilter,
    before_id: int | None,
    limit: int,
) -> list[Case]:
    """List cases of the stores (None: all) with an id below `before_id`, newest first."""
    query = _narrow(_of(select(Case), store_ids), wanted)
    if before_id is not None:
        query = query.where(Case.id < before_id)
    return list(session.scalars(query.order_by(Case.id.desc()).limit(limit)))


def list_due(session: Session, store_ids: Sequence[int] | None, limit: int) -> list[Case]:
    """List the unclosed cases, those that need somebody first at the top."""
    query = _of(select(Case), store_ids).where(Case.state != "closed")
    return list(session.scalars(query.order_by(Case.due_at, Case.id).limit(limit)))


def count_cases(session: Session, store_ids: Sequence[int] | None, wanted: CaseFilter) -> int:
    """Count the cases that a filter lets through."""
    return session.scalar(_narrow(_of(select(func.count(Case.id)), store_ids), wanted)) or 0


def steps_of(session: Session, case: Case) -> list[Step]:
    """Read the steps of a case, first ones first."""
    return list(session.scalars(_steps(case).order_by(Step.id)))


def open_promises(session: Session, case: Case) -> list[Step]:
    """Read the promises of a case that no contact or remedy has kept yet."""
    waiting = _steps(case).where(Step.kind == "promise", ~Step.detail.has_key("kept_at"))
    return list(session.scalars(waiting.order_by(Step.id)))


def find_last_told_at(session: Session, case: Case) -> datetime | None:
    """Tell when the buyer last heard from us about a case."""
    told = select(func.max(Step.created_at)).where(
        Step.store_id == case.store_id, Step.case_id == case.id, Step.kind.in_(TELLING)
    )
    return session.scalar(told)


def _steps(case: Case) -> Select[Step]:
    return select(Step).where(Step.store_id == case.store_id, Step.case_id == case.id)


def _of(query: Select[Any], store_ids: Sequence[int] | None) -> Select[Any]:
    return query if store_ids is None else query.where(Case.store_id.in_(store_ids))


def _narrow(query: Select[Any], wanted: CaseFilter) -> Select[Any]:
    for key in ("buyer_id", "state", "type", "cause", "assignee"):
        value = getattr(wanted, key)
        if value is not None:
            query = query.where(getattr(Case, key) == value)
    if wanted.open is not None:
        query = query.where((Case.state != "closed") == wanted.open)
    if wanted.overdue_at is not None:
        query = query.where(Case.state != "closed", Case.due_at < wanted.overdue_at)
    return query
