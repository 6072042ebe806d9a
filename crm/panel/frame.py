"""The frame around every screen: language, theme, cross-site protection, errors."""

import json
from contextlib import ExitStack
from typing import Any, cast

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    get_flashed_messages,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from crm import i18n
from crm.access.roles import Forbidden
from crm.errors import NotFound, Rejected, Unavailable
from crm.i18n import gettext as _
from crm.panel.assets import asset, keep_long
from crm.panel.back import back

blueprint = Blueprint(
    "panel",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/assets/panel",
)
csrf = CSRFProtect()
blueprint.after_request(keep_long)
blueprint.add_app_template_global(asset)

# A letter brings its own styles and pictures, and nothing that runs.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; sandbox; "
    "frame-ancestors 'self'"
)
THEMES = ("auto", "light", "dark")


class NoStore(Exception):
    """A screen that needs a store, where none is connected yet."""


@blueprint.before_request
def _begin() -> None:
    if request.endpoint == "panel.static":
        return
    stack = ExitStack()
    stack.enter_context(i18n.speaking(_language()))
    g.panel_stack = stack
    csrf.protect()


@blueprint.teardown_request
def _end(_fault: BaseException | None) -> None:
    stack = g.pop("panel_stack", None)
    if stack is not None:
        stack.close()


def page(template: str, status: int = 200, **values: Any) -> tuple[str, int]:
    """Render a screen inside the frame."""
    return render_template(f"panel/{template}", **values), status


def framed_letter(html: str) -> Response:
    """Answer with a letter alone, under a policy that lets it look but not act."""
    answer = Response(html)
    answer.headers["Content-Security-Policy"] = LETTER_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def said(message: str, undo_at: str = "", **fields: str) -> None:
    """Tell the reader what was done; posting `fields` to `undo_at` takes it back."""
    undo = {"to": undo_at, "fields": fields} if undo_at else None
    flash(json.dumps({"text": message, "undo": undo}), "done")


def went_wrong(message: str) -> None:
    """Tell the reader what could not be done."""
    flash(json.dumps({"text": message, "undo": None}), "error")


@blueprint.app_template_global("notices")
def _notices() -> list[tuple[str, dict[str, Any]]]:
    kept = cast(list[tuple[str, str]], get_flashed_messages(with_categories=True))
    return [(category, json.loads(notice)) for category, notice in kept]


@blueprint.context_processor
def _surroundings() -> dict[str, Any]:
    return {
        "desk": g.get("desk"),
        "theme": _theme(),
        "locales": i18n.LOCALES,
        "themes": THEMES,
        "reader_locale": i18n.locale(),
    }


@blueprint.errorhandler(NotFound)
def _not_found(fault: NotFound) -> ResponseReturnValue:
    return page("error.html", 404, title=_("Not here"), reason=fault.reason, art="search")


@blueprint.errorhandler(Forbidden)
def _forbidden(fault: Forbidden) -> ResponseReturnValue:
    return page("error.html", 403, title=_("Not with your role"), reason=fault.reason, art="key")


@blueprint.errorhandler(CSRFError)
def _stale(_fault: CSRFError) -> ResponseReturnValue:
    reason = _(
        "This page was open too long. Go back, reload it and try again; nothing was changed."
    )
    return page("error.html", 400, title=_("The page has expired"), reason=reason, art="clock")


@blueprint.errorhandler(RateLimitExceeded)
def _too_often(_fault: RateLimitExceeded) -> ResponseReturnValue:
    reason = _("Too many attempts to sign in. Wait a minute, then try again.")
    return page("error.html", 429, title=_("A short break"), reason=reason, art="clock")


@blueprint.errorhandler(NoStore)
def _no_store(_fault: NoStore) -> ResponseReturnValue:
    return redirect(url_for("panel.today"), 303)


@blueprint.errorhandler(Rejected)
@blueprint.errorhandler(Unavailable)
def _refused(fault: Rejected | Unavailable) -> ResponseReturnValue:
    """Say no where the reader is: as a notice on the page she came from."""
    if request.headers.get("HX-Request"):
        answer = Response(render_template("panel/_problem.html", fault=fault), 422)
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#notices", "beforeend"
        return answer
    details = getattr(fault, "errors", {}).values()
    went_wrong(" ".join([fault.reason, *details]))
    return redirect(back(), 303)


def _language() -> str:
    chosen = request.cookies.get("language") or getattr(current_user, "locale", None)
    return chosen or request.accept_languages.best or "en"


def _theme() -> str:
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in THEMES else "auto"
