"""Tells the time: business time, which a test may set, and real time, which nobody may."""

import time
from datetime import UTC, datetime
from pathlib import Path

from crm import config

# A writer that truncates before it writes leaves the file empty for a moment.
_PATIENCE_SECONDS = 0.5


def now() -> datetime:
    """Tell business time, aware UTC: the clock file's instant if one is set, else real time."""
    path = config.settings().clock_file
    return real_now() if path is None else _read(path)


def real_now() -> datetime:
    """Tell real time, aware UTC; leases, timeouts and back-off run on it."""
    return datetime.now(UTC)


def _read(path: Path) -> datetime:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        text = path.read_text(encoding="ascii").strip()
        if text:
            break
        if time.monotonic() > deadline:
            raise ValueError(f"the clock file {path} is empty")
        time.sleep(0.005)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the clock file {path} needs an offset such as Z: {text!r}")
    return moment.astimezone(UTC)
