"""The web application: the shells it is made of, and what holds for all of them."""

import hashlib
import hmac
from typing import Any

import structlog
from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from crm import api, config, headers, health, panel, public, webhooks
from crm.api.wire import problem
from crm.config import Settings
from crm.i18n import speaking

_MOST_BODY = 1024 * 1024
_log = structlog.get_logger(__name__)


class IdConverter(BaseConverter):
    """An id in an address: what no database column can hold is simply not found."""

    regex = "[1-9][0-9]{0,17}"
    part_isolating = True

    def to_python(self, value: str) -> int:
        """Read the digits."""
        return int(value)


class SlugConverter(BaseConverter):
    """A store's name in an address."""

    regex = "[a-z0-9][a-z0-9-]{0,99}"
    part_isolating = True


class Shell(Flask):
    """Flask that speaks the reader's language and keeps personal data out of its log."""

    def full_dispatch_request(self) -> Response:
        """Answer one request in the language its reader prefers."""
        with speaking(request.accept_languages.best):
            return super().full_dispatch_request()

    def log_exception(self, exc_info: Any) -> None:
        """Log where it broke without the address, which may hold somebody's token."""
        _log.error("a request failed", kind=request.endpoint, exc_info=exc_info)


def create_app(chosen: Settings | None = None) -> Flask:
    """Build the application from the settings of this process."""
    settings = chosen or config.settings()
    https = settings.public_url.startswith("https://")
    app = Shell("crm")
    app.config.update(_flask_settings(settings, https=https))
    app.url_map.converters |= {"id": IdConverter, "slug": SlugConverter}
    problem.register(app)
    headers.register(app, https=https)
    for shell in (api, health, panel, public, webhooks):
        shell.register(app)
    if https:
        # Behind a proxy that ends TLS: one hop is believed, and only then.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


def _flask_settings(settings: Settings, *, https: bool) -> dict[str, Any]:
    return {
        "SECRET_KEY": _session_key(settings),
        "MAX_CONTENT_LENGTH": _MOST_BODY,
        "SESSION_COOKIE_NAME": "__Host-regulars" if https else "regulars",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
    }


def _session_key(settings: Settings) -> str:
    return hmac.new(settings.secret_key.encode(), b"session", hashlib.sha256).hexdigest()
