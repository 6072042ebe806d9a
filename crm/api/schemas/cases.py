"""Forms of cases and their steps."""

from crm.api.wire import fields
from crm.api.wire.paging import PageForm
from crm.cases.causes import RESPONSIBILITIES, cause_keys
from crm.cases.states import STATES, STEP_KINDS, TYPES, VERDICTS


class CaseList(PageForm):
    """Which cases to list."""

    store = fields.Text(longest=100, load_default=None)
    buyer = fields.Id(load_default=None)
    state = fields.Word(STATES, load_default=None)
    type = fields.Word(TYPES, load_default=None)
    cause = fields.Word(cause_keys(), load_default=None)
    assignee = fields.Text(longest=200, load_default=None)
    open = fields.QueryFlag(load_default=None)
    overdue = fields.QueryFlag(load_default=False)


class CaseForm(fields.Form):
    """A case to open."""

    buyer = fields.Id(required=True)
    type = fields.Word(TYPES, required=True)
    title = fields.Text(shortest=1, longest=200, required=True)
    text = fields.Text(longest=20_000, load_default="")
    order = fields.Id(load_default=None, allow_none=True)
    cause = fields.Word(cause_keys(), load_default=None, allow_none=True)
    responsibility = fields.Word(RESPONSIBILITIES, load_default=None, allow_none=True)


class CaseChange(fields.Form):
    """What to change of a case; closing needs `verdict` or `reason`."""

    state = fields.Word(STATES)
    type = fields.Word(TYPES)
    title = fields.Text(shortest=1, longest=200)
    text = fields.Text(longest=20_000)
    order = fields.Id(allow_none=True)
    assignee = fields.Text(longest=200, allow_none=True)
    cause = fields.Word(cause_keys(), allow_none=True)
    responsibility = fields.Word(RESPONSIBILITIES, allow_none=True)
    cost = fields.Price()
    verdict = fields.Word(VERDICTS, allow_none=True)
    reason = fields.Text(longest=2000, allow_none=True)


class StepForm(fields.Form):
    """One thing done or promised."""

    kind = fields.Word(STEP_KINDS, required=True)
    text = fields.Text(shortest=1, longest=20_000, required=True)
    channel = fields.Text(longest=50, load_default=None, allow_none=True)
    due_at = fields.Moment(load_default=None, allow_none=True)
