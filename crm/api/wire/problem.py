"""Refusals as RFC 9457 problem+json for programs and as plain pages for people."""

import json
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from crm.access.roles import Forbidden
from crm.errors import Conflict, NotFound, Rejected, Unavailable
from crm.i18n import gettext as _
from crm.i18n import locale

# Prefixes whose readers are programs; everything else is read by people.
PROGRAMS = ("/api/", "/webhooks/", "/callbacks/")
_RETRY_SECONDS = 5.0
_UNIQUE_VIOLATION = "23505"


class ProblemForm(Schema):
    """The shape of a refusal, for the documentation."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.String())


class Unauthorized(Rejected):
    """A request of the API without a key that we know."""


class Malformed(Rejected):
    """A request that cannot even be read: broken JSON, the wrong media type."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


_STATUSES: tuple[tuple[type[Rejected], int], ...] = (
    (Unauthorized, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
)


def register(app: Flask) -> None:
    """Map every failure to an answer; what is none of ours stays a loud 500."""
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Rejected, _on_rejected)
    app.register_error_handler(Unavailable, _on_unavailable)
    app.register_error_handler(IntegrityError, _on_clash)
    for away in (OperationalError, InterfaceError):
        app.register_error_handler(away, _on_database_away)


def _on_http(fault: HTTPException) -> ResponseReturnValue:
    if fault.response is not None:
        return fault.get_response()
    status = fault.code or 500
    own_words = fault.description if fault.description != type(fault).description else None
    answer = refuse(status, own_words or _detail(status))
    for name, value in fault.get_headers():
        if name.lower() in ("allow", "retry-after"):
            answer.headers[name] = value
    return answer


def _on_rejected(fault: Rejected) -> Response:
    status = fault.status if isinstance(fault, Malformed) else _status(fault)
    answer = refuse(status, fault.reason, fault.errors)
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return answer


def _status(fault: Rejected) -> int:
    return next((status for kind, status in _STATUSES if isinstance(fault, kind)), 422)


def _on_unavailable(fault: Unavailable) -> Response:
    answer = refuse(503, fault.reason)
    answer.headers["Retry-After"] = str(math.ceil(fault.retry_after or _RETRY_SECONDS))
    return answer


def _on_clash(fault: IntegrityError) -> Response:
    """Answer the slower of two who did the same at the same moment; another clash is a bug."""
    if getattr(fault.orig, "sqlstate", None) != _UNIQUE_VIOLATION:
        raise fault
    return _on_rejected(Conflict(_("Somebody did the same at the same moment; look again.")))


def _on_database_away(_fault: Exception) -> Response:
    return _on_unavailable(Unavailable(_("The database cannot answer right now.")))


def refuse(status: int, detail: str, errors: Mapping[str, str] | None = None) -> Response:
    """Answer a refusal in the form the reader of this path understands."""
    if request.path.startswith(PROGRAMS):
        return problem(status, detail, errors)
    words = {"title": _title(status), "detail": detail, "start": _("To the start")}
    page = render_template("error.html", status=status, language=locale(), **words)
    return Response(page, status, mimetype="text/html")


def problem(status: int, detail: str, errors: Mapping[str, str] | None = None) -> Response:
    """Make a problem+json answer; `errors` maps a dotted field to what is wrong with it."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = dict(errors)
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def _title(status: int) -> str:
    titles = {
        403: _("You may not do this"),
        404: _("There is nothing here"),
        405: _("This cannot be done here"),
        409: _("This has been overtaken"),
        413: _("This is too large"),
        429: _("Too many attempts"),
        503: _("Please come back in a moment"),
    }
    return titles.get(
        status, _("Something went wrong") if status >= 500 else _("This did not work")
    )


def _detail(status: int) -> str:
    details = {
        400: _("The request cannot be read."),
        404: _("The address is wrong, or what was here has gone."),
        405: _("This address does not know that method."),
        413: _("The body is larger than what is taken here."),
        415: _("The body is of a kind that is not understood here."),
        429: _("Wait a little, then try again."),
        500: _("The fault is ours and has been written to the log."),
    }
    return details.get(status, HTTPStatus(status).phrase)
