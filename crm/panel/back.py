"""Where to go after a form: only ever to a page of our own."""

from urllib.parse import urlsplit

from flask import request, url_for


def back() -> str:
    """Give the path of the page the reader came from, the start page when it is not ours."""
    came = urlsplit(request.referrer or "")
    if came.netloc == request.host and came.path and came.path != request.path:
        return f"{came.path}?{came.query}" if came.query else came.path
    return url_for("panel.today")


def own_path(given: str | None) -> str:
    """Accept a path of this site; anything else becomes the start page."""
    if given and given.startswith("/") and not given.startswith(("//", "/\\")):
        return given
    return url_for("panel.today")
