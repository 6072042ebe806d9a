"""Follows a case: steps, changes, and an end that needs the buyer's word or a reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.cases import queries
from crm.cases.changes import check_changes, told
from crm.cases.clocks import Standing, due
from crm.cases.models import Case, Step
from crm.cases.open import is_favoured, lock_buyer, refresh_open_cases
from crm.cases.states import CHANGE, STEP_KINDS, TELLING
from crm.errors import Conflict, Rejected
from crm.i18n import gettext as _
from crm.stores.models import Store
from crm.stores.settings import read_settings


@dataclass(frozen=True, slots=True)
class NewStep:
    """One thing done or promised; `due_at` belongs to a promise."""

    kind: str
    text: str
    channel: str | None = None
    due_at: datetime | None = None


def add_step(session: Session, case: Case, step: NewStep, actor: str, now: datetime) -> Step:
    """Write a step into a case. Raises Rejected with errors by field, Conflict on a closed case."""
    _check_step(case, step)
    row = _lock(session, case)
    kept = _write(session, row, step, actor, now)
    if step.kind == "contact" and row.first_answer_at is None:
        row.first_answer_at = now
    if step.kind in TELLING:
        _keep_promises(session, row, now)
    _rewind(session, row)
    return kept


def change_case(
    session: Session, case: Case, changes: dict[str, Any], actor: str, now: datetime
) -> Case:
    """Change a case and write down who did; closing mutes no one any more from this instant.

    Raises Rejected with errors by field; closing needs a verdict or a reason.
    """
    lock_buyer(session, case.store_id, case.buyer_id)
    row = _lock(session, case)
    new = check_changes(session, row, changes)
    detail = {key: [told(getattr(row, key)), told(value)] for key, value in new.items()}
    if not detail:
        return row
    for key, value in new.items():
        setattr(row, key, value)
    _turn(row, now)
    _write(session, row, NewStep(CHANGE, changes.get("reason") or ""), actor, now).detail = detail
    _rewind(session, row)
    refresh_open_cases(session, row.store_id, row.buyer_id)
    return row


def _check_step(case: Case, step: NewStep) -> None:
    errors = {}
    if step.kind not in STEP_KINDS:
        errors["kind"] = _("must be one of %(list)s", list=", ".join(STEP_KINDS))
    if not step.text.strip():
        errors["text"] = _("must not be empty")
    if step.kind == "promise" and step.due_at is None:
        errors["due_at"] = _("a promise needs the time by which it is kept")
    if errors:
        raise Rejected(_("The step cannot be written."), errors)
    if case.state == "closed" and step.kind != "note":
        raise Conflict(_("The case is closed: open it again first."))


def _lock(session: Session, case: Case) -> Case:
    key = (case.store_id, case.id)
    return session.get_one(Case, key, with_for_update=True, populate_existing=True)


def _write(session: Session, case: Case, step: NewStep, actor: str, now: datetime) -> Step:
    row = Step(
        store_id=case.store_id,
        case_id=case.id,
        kind=step.kind,
        text=step.text.strip(),
        channel=step.channel,
        due_at=step.due_at,
        detail={},
        actor=actor,
        created_at=now,
    )
    session.add(row)
    case.updated_at = now
    session.flush()
    return row


def _keep_promises(session: Session, case: Case, now: datetime) -> None:
    for promise in queries.open_promises(session, case):
        promise.detail = {**promise.detail, "kept_at": now.isoformat()}


def _turn(case: Case, now: datetime) -> None:
    case.updated_at = now
    if case.state == "closed":
        case.closed_at = case.closed_at or now
    else:
        case.closed_at, case.verdict, case.close_reason = None, None, None


def _rewind(session: Session, case: Case) -> None:
    store = session.get_one(Store, case.store_id)
    buyer = session.get_one(Buyer, (case.store_id, case.buyer_id))
    session.flush()
    promised = [row.due_at for row in queries.open_promises(session, case) if row.due_at]
    standing = Standing(
        case.type,
        case.cause,
        case.state,
        is_favoured(buyer),
        case.opened_at,
        case.first_answer_at,
        queries.find_last_told_at(session, case),
        promised,
    )
    case.due_at = due(standing, read_settings(store).cases).next_at
    session.flush()
