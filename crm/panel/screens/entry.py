"""Signing in and out, the first visit, and what a reader chooses for herself."""

from flask import make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from crm import clock, db, i18n
from crm.access.users import add_first_owner, check_password, has_users
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.panel.back import back, own_path
from crm.panel.desk import Desk, screen
from crm.panel.door import Visitor, limiter, login_name
from crm.panel.frame import THEMES, blueprint, page

_A_YEAR = 365 * 24 * 3600


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
@limiter.limit("6 per minute", key_func=login_name, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Let somebody in by e-mail and password."""
    wanted = request.values.get("next")
    if current_user.is_authenticated:
        return redirect(own_path(wanted), 303)
    with db.session() as opened:
        if not has_users(opened):
            return redirect(url_for("panel.welcome"), 303)
        if request.method == "GET":
            return page("door.html", next=wanted)
        email = request.form.get("email", "")
        user = check_password(opened, email, request.form.get("password", ""), clock.now())
    if user is None:
        problem = _("The email or the password is wrong.")
        return page("door.html", 401, next=wanted, email=email, problem=problem)
    return _enter(Visitor(user), wanted)


@blueprint.route("/welcome", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def welcome() -> ResponseReturnValue:
    """Make the owner at the very first visit."""
    with db.session() as opened:
        if has_users(opened):
            return redirect(url_for("panel.sign_in"), 303)
    if request.method == "GET":
        return page("door.html", first=True)
    email = request.form.get("email", "")
    try:
        with db.session() as opened:
            password = request.form.get("password", "")
            user = add_first_owner(opened, email, password, clock.now())
    except Rejected as fault:
        problem = None if fault.errors else fault.reason
        return page("door.html", 422, first=True, email=email, errors=fault.errors, problem=problem)
    return _enter(Visitor(user), None)


def _enter(visitor: Visitor, wanted: str | None) -> ResponseReturnValue:
    session.clear()  # nothing of a visitor before signing in survives it
    session.permanent = True
    login_user(visitor)
    return redirect(own_path(wanted), 303)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    logout_user()
    session.clear()
    return redirect(url_for("panel.sign_in"), 303)


@blueprint.post("/reader/language")
def set_language() -> ResponseReturnValue:
    """Keep the reader's language in this browser."""
    return _keep("language", i18n.nearest(request.form.get("language")))


@blueprint.post("/reader/theme")
def set_theme() -> ResponseReturnValue:
    """Keep the reader's theme in this browser."""
    wanted = request.form.get("theme", "")
    return _keep("theme", wanted if wanted in THEMES else "auto")


def _keep(name: str, value: str) -> ResponseReturnValue:
    answer = make_response(redirect(back(), 303))
    answer.set_cookie(
        name, value, max_age=_A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return answer


@blueprint.post("/reader/store")
@screen("stores.read")
def enter_store(desk: Desk) -> ResponseReturnValue:
    """Go over to another store; the pages of the old one stay behind."""
    wanted = request.form.get("store")
    if any(store.slug == wanted for store in desk.stores):
        session["store"] = wanted
    return redirect(url_for("panel.today"), 303)
