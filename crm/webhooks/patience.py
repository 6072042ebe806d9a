"""How long a webhook waits for the database: a second, and not at all while it was just away.

Storefronts wait for 1.25 to 60 seconds and some count one that had to wait as lost; so a database
that keeps silent must not hold the door.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from crm import db

_SECONDS = 1.0
# While the database is away, one webhook in this time tries it; the others do not ask.
_PAUSE_SECONDS = 1.0
_asking = threading.Lock()
_asks_again_at = 0.0


class Away(Exception):
    """The database does not answer, for whatever reason; the kind of fault is named."""


@contextmanager
def asking() -> Iterator[None]:
    """Ask the database in a second at most. Raises Away."""
    _wait_your_turn()
    try:
        with db.within(_SECONDS):
            yield
    except db.AWAY as fault:
        _set(monotonic() + _PAUSE_SECONDS)
        raise Away(type(fault).__name__) from None
    except Exception:  # an answer, if not a good one
        _set(0.0)
        raise
    _set(0.0)


def forget() -> None:
    """Forget that the database was away."""
    _set(0.0)


def _wait_your_turn() -> None:
    if not _asks_again_at:
        return
    with _asking:
        now = monotonic()
        if now < _asks_again_at:
            raise Away("away a moment ago")
        _set(now + _PAUSE_SECONDS)


def _set(moment: float) -> None:
    global _asks_again_at  # noqa: PLW0603 - one database, one process, one memory of it
    _asks_again_at = moment
