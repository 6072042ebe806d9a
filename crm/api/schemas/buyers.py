"""Forms of buyers."""

from crm.api.schemas.lists import StoreList
from crm.api.wire import fields
from crm.api.wire.paging import PageForm
from crm.buyers.tiers import CLASSES


class BuyerList(StoreList):
    """Which buyers to list; `q` searches names, address and number."""

    email = fields.Text(longest=320, load_default=None)
    phone = fields.Text(longest=50, load_default=None)
    external_id = fields.Text(longest=255, load_default=None)
    q = fields.Text(longest=200, load_default=None)
    tier = fields.Word(CLASSES, load_default=None)
    tag = fields.Text(longest=100, load_default=None)
    vip = fields.QueryFlag(load_default=None)
    segment = fields.Id(load_default=None)


class BuyerChange(fields.Form):
    """Every field of a buyer that is not computed; null empties it."""

    email = fields.Text(longest=320, allow_none=True)
    phone = fields.Text(longest=50, allow_none=True)
    name = fields.Text(longest=400, allow_none=True)
    first_name = fields.Text(longest=200, allow_none=True)
    last_name = fields.Text(longest=200, allow_none=True)
    birthday = fields.Text(longest=10, allow_none=True)
    birthday_calendar = fields.Word(("solar", "lunar"))
    city = fields.Text(longest=200, allow_none=True)
    region = fields.Text(longest=200, allow_none=True)
    postcode = fields.Text(longest=20, allow_none=True)
    country = fields.Text(longest=2, allow_none=True)
    locale = fields.Text(longest=35, allow_none=True)
    timezone = fields.Zone(longest=64, allow_none=True)
    occupation = fields.Text(longest=200, allow_none=True)
    attributes = fields.Attributes()
    tags = fields.TextList()
    vip = fields.Flag()


class NoteForm(fields.Form):
    """What to remember about a buyer."""

    text = fields.Text(shortest=1, longest=20_000, required=True)
    pinned = fields.Flag(load_default=False)


class TagsForm(fields.Form):
    """All the tags a buyer has from now on."""

    tags = fields.TextList(required=True)


class VipForm(fields.Form):
    """Whether a buyer is a VIP, and why."""

    vip = fields.Flag(required=True)
    reason = fields.Text(longest=500, load_default=None, allow_none=True)


class ConsentForm(fields.Form):
    """What a buyer decided; after a withdrawal a grant needs `proof`."""

    channel = fields.Word(("email", "sms"), required=True)
    status = fields.Word(("granted", "withdrawn"), required=True)
    source = fields.Text(shortest=1, longest=200, required=True)
    proof = fields.Text(shortest=1, longest=5000, load_default=None, allow_none=True)


class MergeForm(fields.Form):
    """The other buyer, who goes up in this one."""

    other = fields.Id(required=True)


class TimelineList(PageForm):
    """A page of what happened, newest first."""


class HistoryList(PageForm):
    """A page of decisions; `history` adds those that were superseded."""

    history = fields.QueryFlag(load_default=False)
