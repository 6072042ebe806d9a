"""Every case of a store with its steps."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.cases.models import Case, Step
from crm.exports.wording import moment, money, reference
from crm.stores.models import Store

Row = dict[str, Any]


def rows(session: Session, store: Store) -> Iterator[Row]:
    """Give every case of the store."""
    steps: dict[int, list[Step]] = {}
    for step in session.scalars(select(Step).where(Step.store_id == store.id).order_by(Step.id)):
        steps.setdefault(step.case_id, []).append(step)
    for case in session.scalars(select(Case).where(Case.store_id == store.id)):
        yield {**_case(case), "steps": [_step(step) for step in steps.get(case.id, [])]}


def _case(case: Case) -> Row:
    return {
        "kind": "case",
        "id": reference(case.id),
        "buyer": reference(case.buyer_id),
        "order": reference(case.order_id),
        "source": case.source,
        "type": case.type,
        "title": case.title,
        "text": case.text,
        "state": case.state,
        "cause": case.cause,
        "responsibility": case.responsibility,
        "assignee": case.assignee,
        "cost": money(case.cost_minor, case.currency),
        "verdict": case.verdict,
        "reason": case.close_reason,
        "opened_at": moment(case.opened_at),
        "due_at": moment(case.due_at),
        "closed_at": moment(case.closed_at),
    }


def _step(step: Step) -> Row:
    return {
        "kind": step.kind,
        "text": step.text,
        "channel": step.channel,
        "due_at": moment(step.due_at),
        "actor": step.actor,
        "created_at": moment(step.created_at),
    }
