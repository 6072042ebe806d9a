"""What the door last knew of each store, on the disk, for a process that starts without database.

Secrets stay sealed as they are in the database; nothing here is believed for longer than a day.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from crm import config

# As long as an old secret lives beside a new one.
_LASTS = timedelta(hours=24)
# What has not changed is confirmed this often.
_CONFIRMED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Entry:
    """A store's door as the database tells it; each sealed secret with the instant it ends."""

    store_id: int
    key: str
    is_app: bool
    sealed: tuple[tuple[str, str | None], ...] = field(repr=False)
    public_key: str | None
    jwks_url: str | None


_written: dict[str, tuple[Entry, datetime]] = {}


def keep(name: str, entry: Entry, real_now: datetime) -> None:
    """Keep what the database said of a door just now; trouble with the disk is no trouble yet."""
    known, confirmed_at = _written.get(name, (None, real_now))
    if known == entry and real_now - confirmed_at < _CONFIRMED:
        return
    with suppress(OSError):
        _write(_place(name), {**asdict(entry), "confirmed_at": real_now.isoformat()})
        _written[name] = entry, real_now


def find(name: str, real_now: datetime) -> Entry | None:
    """Find a door that the database confirmed within the last day."""
    try:
        told = json.loads(_place(name).read_bytes())
        confirmed_at = datetime.fromisoformat(told.pop("confirmed_at"))
        pairs = told.pop("sealed")
        entry = Entry(**told, sealed=tuple((sealed, not_after) for sealed, not_after in pairs))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return entry if timedelta(0) <= real_now - confirmed_at < _LASTS else None


def drop(name: str) -> None:
    """Forget a door that there is no more."""
    _written.pop(name, None)
    with suppress(OSError):
        _place(name).unlink(missing_ok=True)


def forget() -> None:
    """Forget what this process has written, so that it writes anew."""
    _written.clear()


def _place(name: str) -> Path:
    return config.settings().data_dir / "doors" / f"{name}.json"


def _write(place: Path, told: dict[str, object]) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f".{token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(told, file)
        draft.rename(place)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
