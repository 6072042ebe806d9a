"""Pages a buyer opens from a mail: no login, no cookie, no script; GET shows, POST changes.

Every module here is one page and defines `pages`, its Blueprint; templates extend
`public/layout.html` and are rendered by `_page.page`. The token in the address is the authority.
"""

from flask import Blueprint, Flask, Response

from crm import registry
from crm.errors import NotFound
from crm.public import _page

_CONTENT = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


def register(app: Flask) -> None:
    """Add every public page to the web application."""
    home = Blueprint(
        "public",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/public",
    )
    home.register_error_handler(NotFound, _page.gone)
    home.after_request(_keep_private)
    for module in registry.plugins(__name__).values():
        home.register_blueprint(module.pages)
    app.register_blueprint(home)


def _keep_private(answer: Response) -> Response:
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Content-Security-Policy"] = _CONTENT
    return answer
