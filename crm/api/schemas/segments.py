"""Forms of segments."""

from crm.api.wire import fields
from crm.api.wire.paging import PageForm


class SegmentList(PageForm):
    """Which segments to list."""

    store = fields.Text(longest=100, load_default=None)


class SegmentForm(fields.Form):
    """A rule to keep under a name."""

    store = fields.Text(longest=100, required=True)
    name = fields.Text(longest=500, required=True)
    rule = fields.Tree(required=True)


class SegmentChange(fields.Form):
    """What to change of a segment."""

    name = fields.Text(longest=500)
    rule = fields.Tree()


class PreviewForm(fields.Form):
    """A rule to try."""

    store = fields.Text(longest=100, required=True)
    rule = fields.Tree(required=True)


class CountsForm(fields.Form):
    """How far back to look."""

    days = fields.QueryWhole(1, 3660, load_default=90)
