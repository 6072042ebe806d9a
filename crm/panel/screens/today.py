"""Today: what happened, what needs a hand, and the first steps of a new shop."""

from typing import Any

from flask.typing import ResponseReturnValue

from crm import instance
from crm.campaigns.queries import list_campaigns
from crm.cases import states
from crm.cases.clocks import is_overdue
from crm.cases.queries import CaseFilter, count_cases, list_due
from crm.messages.queries import outlook
from crm.panel import forms
from crm.panel.desk import Desk, screen
from crm.panel.drafts import kind_name, schedule_words
from crm.panel.frame import blueprint, page
from crm.panel.queries import buyers_by_id, count_buyers, sales
from crm.panel.screens.stores.health import grave_troubles
from crm.webhooks.queries import depth, list_webhooks

_SPANS = ("7", "30", "90")
_CASES = 6


@blueprint.get("/")
@screen("stores.read")
def today(desk: Desk) -> ResponseReturnValue:
    """Show the day of the store the reader is in."""
    if desk.chosen is None:
        return page("start.html", came=False, buyers=0, campaigns=[])
    mine = [desk.store.id]
    campaigns = list_campaigns(desk.session, mine, limit=100)
    buyers = count_buyers(desk.session, desk.store.id)
    came = bool(list_webhooks(desk.session, mine, limit=1))
    if not buyers:
        start: dict[str, Any] = {"came": came, "buyers": buyers, "campaigns": campaigns}
        return page("start.html", troubles=grave_troubles(desk), **start)
    span = int(forms.choice_arg("days", _SPANS) or 30)
    return page(
        "today.html",
        span=span,
        spans=_SPANS,
        sales=sales(desk.session, desk.store, span, desk.now),
        buyers=buyers,
        running=[one for one in campaigns if one.state == "running"],
        kind_name=kind_name,
        schedule_words=schedule_words,
        troubles=grave_troubles(desk),
        held=instance.is_held(desk.session),
        outlook=outlook(desk.session, mine, desk.now),
        inbox=depth(desk.session, mine),
        **_cases(desk),
    )


def _cases(desk: Desk) -> dict[str, Any]:
    mine = [desk.store.id]
    due = list_due(desk.session, mine, _CASES)
    return {
        "cases": due,
        "open_cases": count_cases(desk.session, mine, CaseFilter(open=True)),
        "overdue_cases": count_cases(desk.session, mine, CaseFilter(overdue_at=desk.now)),
        "overdue": lambda case: is_overdue(case.due_at, case.state, desk.now),
        "case_words": states.words,
        "people": buyers_by_id(desk, [case.buyer_id for case in due]),
    }
