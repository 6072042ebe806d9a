"""How cases and their steps are written."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from crm.api.shapes.values import MoneyShape, instant, moment, money, ref
from crm.cases.models import Case, Step
from crm.stores.models import Store


class StepShape(TypedDict):
    """One thing done or promised."""

    id: str
    kind: str
    text: str
    channel: str | None
    due_at: str | None
    detail: dict[str, Any]
    actor: str
    created_at: str


class CaseShape(TypedDict):
    """One matter with one buyer; `steps` only where one case is read."""

    id: str
    store: str
    buyer: str
    order: str | None
    source: str | None
    type: str
    title: str
    text: str
    state: str
    cause: str | None
    responsibility: str | None
    assignee: str | None
    cost: MoneyShape
    verdict: str | None
    reason: str | None
    opened_by: str
    opened_at: str
    first_answer_at: str | None
    due_at: str
    closed_at: str | None
    updated_at: str
    steps: NotRequired[list[StepShape]]


def case_json(store: Store, case: Case, steps: Sequence[Step] | None = None) -> CaseShape:
    """Write a case, with its steps where they are given."""
    shape = CaseShape(
        id=str(case.id),
        store=store.slug,
        buyer=str(case.buyer_id),
        order=ref(case.order_id),
        source=case.source,
        type=case.type,
        title=case.title,
        text=case.text,
        state=case.state,
        cause=case.cause,
        responsibility=case.responsibility,
        assignee=case.assignee,
        cost=money(case.cost_minor, case.currency),
        verdict=case.verdict,
        reason=case.close_reason,
        opened_by=case.opened_by,
        opened_at=instant(case.opened_at),
        first_answer_at=moment(case.first_answer_at),
        due_at=instant(case.due_at),
        closed_at=moment(case.closed_at),
        updated_at=instant(case.updated_at),
    )
    if steps is not None:
        shape["steps"] = [step_json(step) for step in steps]
    return shape


def step_json(step: Step) -> StepShape:
    """Write a step."""
    return StepShape(
        id=str(step.id),
        kind=step.kind,
        text=step.text,
        channel=step.channel,
        due_at=moment(step.due_at),
        detail=step.detail,
        actor=step.actor,
        created_at=instant(step.created_at),
    )
