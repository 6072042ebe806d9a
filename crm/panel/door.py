"""Signing in: who sits before the screen, for how long, and how often one may try."""

from datetime import timedelta

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin

from crm import db
from crm.access.models import User
from crm.access.roles import Actor
from crm.access.users import actor_of, find_session_user
from crm.panel.frame import csrf

_SIGNED_IN_FOR = timedelta(days=14)

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="moving-window")


class Visitor(UserMixin):  # type: ignore[misc]
    """Somebody who signed in, as the session knows her."""

    def __init__(self, user: User) -> None:
        self.id = user.fs_uniquifier
        self.user_id = user.id
        self.locale = user.locale
        self.actor: Actor = actor_of(user)


def guard(app: Flask) -> None:
    """Give the application lasting sessions, and patience with wrong passwords."""
    app.config.update(
        PERMANENT_SESSION_LIFETIME=_SIGNED_IN_FOR,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    csrf.init_app(app)
    limiter.init_app(app)
    keeper = LoginManager(app)
    keeper.user_loader(_find_visitor)


def login_name() -> str:
    """Key the attempts by the name that is tried, so that no single account can be hammered."""
    return f"name:{request.form.get('email', '').strip().lower()}"


def _find_visitor(uniquifier: str) -> Visitor | None:
    with db.session() as session:
        user = find_session_user(session, uniquifier)
        return None if user is None else Visitor(user)
