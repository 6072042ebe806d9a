"""Addresses of the panel's assets: stamped with their content, so a browser may keep them."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Response, request, url_for

_STATIC = Path(__file__).parent / "static"
_FOR_A_YEAR = "public, max-age=31536000, immutable"


def asset(name: str) -> str:
    """Give the address of an asset; it changes when the asset does."""
    return url_for("panel.static", filename=name, v=_stamp(name))


def keep_long(answer: Response) -> Response:
    """Let browsers keep what is asked for by its stamp."""
    if request.endpoint == "panel.static" and request.args.get("v") and answer.status_code == 200:
        answer.headers["Cache-Control"] = _FOR_A_YEAR
    return answer


@cache
def _stamp(name: str) -> str | None:
    place = _STATIC / name
    return sha256(place.read_bytes()).hexdigest()[:12] if place.is_file() else None
