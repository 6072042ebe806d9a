"""Forms of campaigns; what lies inside a schedule, message, offer or audience is checked later."""

from typing import get_args

from crm.api.wire import fields
from crm.api.wire.paging import PageForm
from crm.campaigns.models import CampaignState, Outcome


class CampaignList(PageForm):
    """Which campaigns to list."""

    store = fields.Text(longest=100, load_default=None)
    state = fields.Word(get_args(CampaignState), load_default=None)


class CampaignChange(fields.Form):
    """What to change of a campaign."""

    name = fields.Text(longest=500)
    kind = fields.Text(longest=50)
    channel = fields.Text(longest=50)
    topic = fields.Text(longest=100)
    priority = fields.Whole()
    audience = fields.Tree(allow_none=True)
    schedule = fields.Tree()
    message = fields.Tree()
    offer = fields.Tree(allow_none=True)
    holdout_percent = fields.Whole()
    when_capped = fields.Text(longest=50)
    expires_after_hours = fields.Whole()


class CampaignForm(CampaignChange):
    """A campaign to draft."""

    store = fields.Text(longest=100, required=True)
    name = fields.Text(longest=500, required=True)
    kind = fields.Text(longest=50, required=True)
    message = fields.Tree(required=True)


class TestForm(fields.Form):
    """Where a test mail goes."""

    to = fields.Text(shortest=3, longest=254, required=True)


class DecisionList(PageForm):
    """Which decisions to list; `history` adds those that were superseded."""

    outcome = fields.Word(get_args(Outcome), load_default=None)
    reason = fields.Text(longest=50, load_default=None)
    history = fields.QueryFlag(load_default=False)
