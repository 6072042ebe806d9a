"""The closed lists of a case: types, states and their order, verdicts, steps; and their words."""

from typing import Literal, get_args

from crm.cases.models import State, Type
from crm.i18n import gettext as _
from crm.i18n import mark

Verdict = Literal["satisfied", "unsatisfied", "no_answer"]
StepKind = Literal["note", "contact", "promise", "escalation", "remedy", "handover"]

TYPES: tuple[str, ...] = get_args(Type)
STATES: tuple[str, ...] = get_args(State)
VERDICTS: tuple[str, ...] = get_args(Verdict)
STEP_KINDS: tuple[str, ...] = get_args(StepKind)
# The step the product writes itself when somebody changes a case.
CHANGE = "change"
# Steps by which the buyer hears from us: they keep promises and restart the update clock.
TELLING = ("contact", "remedy")

_NEXT: dict[str, tuple[str, ...]] = {
    "open": ("waiting_buyer", "waiting_us", "resolved", "closed"),
    "waiting_buyer": ("open", "waiting_us", "resolved", "closed"),
    "waiting_us": ("open", "waiting_buyer", "resolved", "closed"),
    "resolved": ("open", "waiting_buyer", "waiting_us", "closed"),
    "closed": ("open", "waiting_us"),
}
_WORDS = {
    "complaint": mark("Complaint"),
    "return": mark("Return"),
    "exchange": mark("Exchange"),
    "refund": mark("Refund"),
    "lost_parcel": mark("Lost parcel"),
    "late_parcel": mark("Late parcel"),
    "short_shipment": mark("Short shipment"),
    "bad_review": mark("Bad review"),
    "question": mark("Question"),
    "open": mark("Open"),
    "waiting_buyer": mark("Waiting for the buyer"),
    "waiting_us": mark("Waiting for us"),
    "resolved": mark("Resolved, waiting for the buyer's word"),
    "closed": mark("Closed"),
    "satisfied": mark("The buyer is satisfied"),
    "unsatisfied": mark("The buyer is not satisfied"),
    "no_answer": mark("The buyer did not answer"),
    "note": mark("Note"),
    "contact": mark("Contact with the buyer"),
    "promise": mark("Promise"),
    "escalation": mark("Escalation"),
    "remedy": mark("Remedy"),
    "handover": mark("Handover"),
    "change": mark("Change"),
}


def next_states(state: str) -> tuple[str, ...]:
    """List the states a case may go to from `state`."""
    return _NEXT[state]


def words(key: str) -> str:
    """Say a type, state, verdict or kind of step in the reader's language."""
    return _(_WORDS[key])
