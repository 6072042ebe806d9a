"""The form of a report."""

from crm.api.wire import fields


class ReportQuery(fields.Form):
    """The store and the span of local days, both included."""

    store = fields.Text(longest=100, required=True)
    since = fields.Day(data_key="from", load_default=None)
    until = fields.Day(data_key="to", load_default=None)
    format = fields.Word(("json", "csv"), load_default="json")
