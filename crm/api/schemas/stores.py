"""Forms of stores."""

from marshmallow import fields as plain

from crm.api.wire import fields


class ApiForm(fields.Form):
    """How the storefront's own API is reached."""

    url = fields.Text(shortest=1, longest=500, allow_none=True)
    key = fields.Text(shortest=1, longest=500, allow_none=True)
    secret = fields.Text(shortest=1, longest=500, allow_none=True)


class StoreForm(fields.Form):
    """A storefront to connect."""

    name = fields.Text(shortest=1, longest=100, required=True)
    platform = fields.Text(shortest=1, longest=50, required=True)
    currency = fields.Text(shortest=3, longest=3, required=True)
    timezone = fields.Text(shortest=1, longest=64, required=True)
    locale = fields.Text(shortest=2, longest=35, load_default=None, allow_none=True)
    country = fields.Text(shortest=2, longest=2, load_default=None, allow_none=True)
    url = fields.Text(longest=500, load_default=None, allow_none=True)
    secret = fields.Text(shortest=1, longest=500, load_default=None, allow_none=True)
    public_key = fields.Text(shortest=1, longest=5000, load_default=None, allow_none=True)
    jwks_url = fields.Text(shortest=1, longest=500, load_default=None, allow_none=True)
    options = fields.Tree(load_default=dict)
    api = plain.Nested(ApiForm, load_default=dict)
