"""Who owns a data dir: one process at a time starts and ends its services; others are guests."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from crm.errors import Conflict, Unavailable

COMMAND = "a command"


@dataclass(frozen=True)
class Addresses:
    """Where the services of a data dir answer."""

    database_url: str
    redis_url: str


@contextmanager
def owning(data_dir: Path, role: str, patience: float = 0.0) -> Iterator[None]:
    """Own a data dir inside the block. Raises Conflict naming the present owner.

    An owner that is only a command ends by itself, so it is waited for up to `patience` seconds.
    """
    with _open(data_dir / "owner.lock") as file:
        deadline = time.monotonic() + patience
        while not _locked(file, fcntl.LOCK_EX):
            owner = _owner(data_dir)
            is_passing = COMMAND in owner or not owner  # nameless: just coming or going
            if not is_passing or time.monotonic() > deadline:
                raise _in_use(data_dir, owner)
            time.sleep(0.1)
        _write(file, f"{role} (process {os.getpid()})")
        try:
            yield
        finally:
            (data_dir / "services.json").unlink(missing_ok=True)
            _write(file, "")


def publish(data_dir: Path, addresses: Addresses) -> None:
    """Tell guests where the services answer."""
    draft = data_dir / ".services.json"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(addresses.__dict__, file)
    draft.rename(data_dir / "services.json")


@contextmanager
def visiting(data_dir: Path, patience: float = 30.0) -> Iterator[Addresses]:
    """Use the services that another process owns. Raises Unavailable while it has none."""
    with _open(data_dir / "guests.lock") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield _wait_for_addresses(data_dir, patience)


def wait_for_guests(data_dir: Path, patience: float = 10.0) -> None:
    """Wait until nobody visits any more, or the patience is over."""
    deadline = time.monotonic() + patience
    with _open(data_dir / "guests.lock") as file:
        while not _locked(file, fcntl.LOCK_EX) and time.monotonic() < deadline:
            time.sleep(0.05)


def _wait_for_addresses(data_dir: Path, patience: float) -> Addresses:
    deadline = time.monotonic() + patience
    while True:
        with suppress(FileNotFoundError):
            text = (data_dir / "services.json").read_text(encoding="utf-8")
            return Addresses(**json.loads(text))
        if time.monotonic() > deadline:
            words = f"{_owner(data_dir) or 'another process'} owns {data_dir}"
            raise Unavailable(f"{words}, but its services do not answer")
        time.sleep(0.1)


def _owner(data_dir: Path) -> str:
    # Read while its owner empties the file, it may show zeros for a moment.
    return (data_dir / "owner.lock").read_text(encoding="utf-8").strip(" \n\0")


def _in_use(data_dir: Path, owner: str) -> Conflict:
    words = f"{data_dir} is in use by {owner or 'another process'}"
    return Conflict(f"{words}; stop it or choose another data dir")


def _open(place: Path) -> TextIO:
    return os.fdopen(os.open(place, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")


def _locked(file: TextIO, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(file: TextIO, text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()
