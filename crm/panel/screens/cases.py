"""Cases: what went wrong with whom, whose turn it is, and how it ended."""

from datetime import datetime
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm.buyers.queries import get_buyer
from crm.cases import causes, states
from crm.cases.clocks import is_overdue
from crm.cases.follow import NewStep, add_step, change_case
from crm.cases.models import Case
from crm.cases.open import NewCase, open_case
from crm.cases.queries import CaseFilter, count_cases, find_case, list_cases, list_due, steps_of
from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.frame import blueprint, page, said
from crm.panel.queries import buyers_by_id
from crm.stores.settings import read_settings

_CHANNELS = ("phone", "email", "sms", "chat", "post")


@blueprint.get("/cases")
@screen("cases.read")
def cases(desk: Desk) -> ResponseReturnValue:
    """List the cases: those that need somebody first, or those of one state."""
    state = forms.choice_arg("state", states.STATES)
    mine = [desk.store.id]
    if state:
        wanted = CaseFilter(state=state)
        rows = list_cases(desk.session, mine, wanted, forms.before(), forms.PAGE + 1)
        found = forms.page_of(rows)
    else:
        found = forms.Slice(list_due(desk.session, mine, 200), None)
    return page(
        "cases.html",
        cases=found,
        state=state,
        counts=_counts(desk),
        people=buyers_by_id(desk, [one.buyer_id for one in found.rows]),
        words=states.words,
        overdue=_overdue(desk.now),
    )


def _counts(desk: Desk) -> dict[str, int]:
    mine = [desk.store.id]
    counts = {
        state: count_cases(desk.session, mine, CaseFilter(state=state)) for state in states.STATES
    }
    overdue = CaseFilter(overdue_at=desk.now)
    return counts | {"overdue": count_cases(desk.session, mine, overdue)}


def _overdue(now: datetime) -> Any:
    return lambda case: is_overdue(case.due_at, case.state, now)


@blueprint.get("/cases/new")
@screen("cases.write")
def new_case(desk: Desk) -> ResponseReturnValue:
    """Open the form of a case for one buyer."""
    return _case_form(desk, {})


@blueprint.post("/cases/new")
@screen("cases.write")
def open_new_case(desk: Desk) -> ResponseReturnValue:
    """Open a case."""
    asked = NewCase(
        buyer_id=forms.whole_arg("buyer") or 0,
        type=forms.text("type"),
        title=forms.text("title"),
        text=forms.text("text"),
        order_id=forms.whole_arg("order"),
        cause=forms.optional("cause"),
        responsibility=forms.optional("responsibility"),
    )
    try:
        opened = open_case(desk.session, desk.store, asked, desk.actor.name, desk.now)
    except Rejected as fault:
        return _case_form(desk, fault.errors)
    said(_("The case is open; offers to this buyer rest until it is closed."))
    return redirect(url_for("panel.case", case_id=opened.id), 303)


def _case_form(desk: Desk, errors: dict[str, str]) -> ResponseReturnValue:
    buyer = get_buyer(desk.session, [desk.store.id], forms.whole_arg("buyer") or 0)
    return page(
        "case_form.html",
        422 if errors else 200,
        buyer=buyer,
        errors=errors,
        given=request.values,
        **_choices(),
    )


def _choices() -> dict[str, Any]:
    return {
        "types": [(key, states.words(key)) for key in states.TYPES],
        "causes": [(key, causes.cause_words(key)) for key in causes.cause_keys()],
        "responsible": [(key, causes.responsibility_words(key)) for key in causes.RESPONSIBILITIES],
    }


@blueprint.get("/cases/<id:case_id>")
@screen("cases.read")
def case(desk: Desk, case_id: int) -> ResponseReturnValue:
    """Show one case with everything that was done."""
    return _case_page(desk, _get(desk, case_id), None)


def _case_page(desk: Desk, found: Case, fault: Rejected | None) -> ResponseReturnValue:
    return page(
        "case.html",
        422 if fault else 200,
        case=found,
        buyer=get_buyer(desk.session, [desk.store.id], found.buyer_id),
        steps=steps_of(desk.session, found),
        fault=fault,
        errors=fault.errors if fault else {},
        given=request.form,
        overdue=_overdue(desk.now)(found),
        next_states=[(key, states.words(key)) for key in states.next_states(found.state)],
        step_kinds=[(key, states.words(key)) for key in states.STEP_KINDS],
        verdicts=[(key, states.words(key)) for key in states.VERDICTS],
        channels=[(key, _channel(key)) for key in _CHANNELS],
        clocks=read_settings(desk.store).cases,
        words=states.words,
        cause_words=causes.cause_words,
        responsibility_words=causes.responsibility_words,
        **_choices(),
    )


def _channel(key: str) -> str:
    return {
        "phone": _("Phone"),
        "email": _("Email"),
        "sms": _("SMS"),
        "chat": _("Chat"),
        "post": _("Letter"),
    }[key]


@blueprint.post("/cases/<id:case_id>/steps")
@screen("cases.write")
def write_step(desk: Desk, case_id: int) -> ResponseReturnValue:
    """Write down what was done or promised."""
    found = _get(desk, case_id)
    try:
        due_at = forms.wall_time("due_at", desk.zone)
        channel = forms.optional("channel")
        step = NewStep(forms.text("kind"), forms.text("text"), channel, due_at)
        add_step(desk.session, found, step, desk.actor.name, desk.now)
    except Rejected as fault:
        return _case_page(desk, found, fault)
    said(_("The entry is added."))
    return redirect(url_for("panel.case", case_id=case_id), 303)


@blueprint.post("/cases/<id:case_id>")
@screen("cases.write")
def change(desk: Desk, case_id: int) -> ResponseReturnValue:
    """Change the state, the cause or who follows it; close it with the buyer's word."""
    found = _get(desk, case_id)
    wanted = {name: _read(name) for name in _FIELDS if name in request.form}
    try:
        change_case(desk.session, found, wanted, desk.actor.name, desk.now)
    except Rejected as fault:
        return _case_page(desk, found, fault)
    said(_("The case is changed."))
    return redirect(url_for("panel.case", case_id=case_id), 303)


_FIELDS = ("state", "cause", "responsibility", "assignee", "cost", "verdict", "reason")
_NEVER_EMPTY = ("state", "cost")


def _read(name: str) -> str | None:
    return forms.text(name) if name in _NEVER_EMPTY else forms.optional(name)


def _get(desk: Desk, case_id: int) -> Case:
    found = find_case(desk.session, [desk.store.id], case_id)
    if found is None:
        raise NotFound(_("There is no such case."))
    return found
