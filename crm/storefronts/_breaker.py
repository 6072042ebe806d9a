"""Leaves a storefront alone that has failed several times in a row, and tries it again in time.

One state for each origin, kept by each process for itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from urllib.parse import urlsplit

from crm.errors import Unavailable
from crm.i18n import gettext as _
from crm.storefronts._backoff import bounded

_FAILURES = 5
_FIRST_REST_SECONDS, _LONGEST_REST_SECONDS = 30.0, 600.0


@dataclass(slots=True)
class _Line:
    """How the calls to one origin went lately; `probing` while one call tries it out."""

    failures: int = 0
    rests: int = 0
    rests_until: float = 0.0
    probing: bool = False


_lines: dict[str, _Line] = {}
_lock = Lock()


@contextmanager
def passage(url: str) -> Iterator[bool]:
    """Let a call through to its origin and learn from its end; gives whether it is a probe.

    Raises Unavailable, with the seconds left, while the storefront is left alone. Inside, only
    Unavailable counts as a failure, and only where the storefront did not set a time itself.
    """
    origin = _origin(url)
    probe = _enter(origin)
    try:
        yield probe
    except Unavailable as away:
        if away.retry_after is None:
            _fail(origin)
        else:
            _leave(origin)
        raise
    except BaseException:
        _leave(origin)
        raise
    _recover(origin)


def resting() -> dict[str, float]:
    """List the origins that this process leaves alone, with the seconds left."""
    with _lock:
        left = {origin: line.rests_until - monotonic() for origin, line in _lines.items()}
    return {origin: seconds for origin, seconds in left.items() if seconds > 0}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _enter(origin: str) -> bool:
    with _lock:
        line = _lines.get(origin)
        if line is None or not line.rests:
            return False
        left = line.rests_until - monotonic()
        if left <= 0 and not line.probing:
            line.probing = True
            return True
    raise Unavailable(
        _("The storefront has failed several times; it is left alone for a while."),
        max(left, bounded(1.0)),
    )


def _fail(origin: str) -> None:
    with _lock:
        line = _lines.setdefault(origin, _Line())
        line.failures += 1
        if line.probing or (line.failures >= _FAILURES and not line.rests):
            rest = min(_FIRST_REST_SECONDS * 2**line.rests, _LONGEST_REST_SECONDS)
            line.rests, line.probing = line.rests + 1, False
            line.rests_until = monotonic() + bounded(rest)


def _leave(origin: str) -> None:
    """End a call that says nothing about the storefront's health."""
    with _lock:
        if origin in _lines:
            _lines[origin].probing = False


def _recover(origin: str) -> None:
    with _lock:
        _lines.pop(origin, None)
