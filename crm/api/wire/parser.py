"""Reads a body or a query against its form; what does not fit is refused by field."""

from typing import Any, NoReturn

from flask import Request
from marshmallow import RAISE, Schema, ValidationError, missing
from webargs.flaskparser import FlaskParser

from crm import strict_json
from crm.api.wire.fields import flatten
from crm.api.wire.problem import Malformed
from crm.errors import Rejected
from crm.i18n import gettext as _


class StrictParser(FlaskParser):
    """The one reader of JSON bodies and queries: strict JSON, unknown fields refused."""

    # What a form does not name is refused everywhere, queries included.
    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE}  # noqa: RUF012

    def load_json(self, req: Request, _schema: Schema) -> Any:
        """Read the body; without one, the form sees nothing. Raises Malformed."""
        body = req.get_data(cache=True)
        if not body:
            return missing
        if req.mimetype != "application/json":
            raise Malformed(_("Send the body as application/json."), 415)
        try:
            return strict_json.loads(body)
        except Rejected as fault:
            raise Malformed(fault.reason) from None

    def handle_error(self, error: ValidationError, *_request: Any, **_status: Any) -> NoReturn:
        """Turn marshmallow's findings into our own refusal."""
        messages = error.messages_dict
        errors = flatten(next(iter(messages.values())) if len(messages) == 1 else messages)
        raise Rejected(_("Some fields cannot be taken as they are."), errors)
