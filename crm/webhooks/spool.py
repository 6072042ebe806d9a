"""The spool: a webhook that finds the database away waits in a file, safe on the disk.

One file each, named by the time of its arrival: a line of JSON, then the body as it came. It lies
on the machine whose web server took the webhook in.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from itertools import count
from pathlib import Path
from time import time, time_ns
from typing import Any

from crm import config
from crm.webhooks.inbox import Delivery

_ENDING, _BROKEN, _DRAFT = ".webhook", ".broken", ".draft"
# A draft that old was left by a process that died over it, before it answered.
_OLD_DRAFT_SECONDS = 3600
_numbers = count()


def write(delivery: Delivery) -> None:
    """Keep a webhook on the disk, flushed, before it is answered. Raises OSError."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = _name(delivery)
    draft = folder / f"{name}{_DRAFT}"
    try:
        _write_through(draft, _encode(delivery))
        draft.rename(folder / f"{name}{_ENDING}")
        _flush_folder(folder)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _name(delivery: Delivery) -> str:
    """Name a file so that names sort by arrival, whichever process writes them."""
    arrived = int(delivery.received_at.timestamp() * 1_000_000)
    return f"{arrived:020d}-{time_ns():020d}-{os.getpid()}-{next(_numbers):06d}"


@contextmanager
def emptying() -> Iterator[bool]:
    """Tell inside the block whether nobody else is emptying the spool; then nobody else will."""
    folder = _folder()
    if not folder.is_dir():
        yield False
        return
    with (folder / ".lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def waiting() -> list[Path]:
    """List what waits, in order of arrival."""
    folder = _folder()
    return sorted(folder.glob(f"*{_ENDING}")) if folder.is_dir() else []


def read(place: Path) -> Delivery:
    """Read a webhook back. Raises ValueError when the file is no longer whole."""
    head, _line, body = place.read_bytes().partition(b"\n")
    try:
        told: dict[str, Any] = json.loads(head)
        length = told.pop("length")
        told["received_at"] = datetime.fromisoformat(told["received_at"])
        delivery = Delivery(**({"platform": ""} | told), body=body)
    except (KeyError, TypeError) as fault:
        raise ValueError(f"{place.name} is not a spooled webhook") from fault
    if length != len(body):
        raise ValueError(f"{place.name} is cut short")
    return delivery


def remove(place: Path) -> None:
    """Take a webhook that is kept elsewhere out of the spool."""
    place.unlink(missing_ok=True)


def put_aside(place: Path) -> None:
    """Leave a file that cannot be used to a person, out of the way of the others."""
    place.rename(place.with_suffix(_BROKEN))


def broken() -> Iterator[Path]:
    """List the files put aside."""
    folder = _folder()
    return folder.glob(f"*{_BROKEN}") if folder.is_dir() else iter(())


def sweep_drafts() -> None:
    """Remove what was never finished and never acknowledged."""
    for draft in _folder().glob(f"*{_DRAFT}"):
        with suppress(FileNotFoundError):
            if time() - draft.stat().st_mtime > _OLD_DRAFT_SECONDS:
                draft.unlink()


def _folder() -> Path:
    return config.settings().data_dir / "spool"


def _encode(delivery: Delivery) -> bytes:
    told = asdict(delivery)
    body: bytes = told.pop("body")
    told |= {"received_at": delivery.received_at.isoformat(), "length": len(body)}
    return json.dumps(told).encode() + b"\n" + body


def _write_through(place: Path, content: bytes) -> None:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
