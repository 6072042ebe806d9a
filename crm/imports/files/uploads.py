"""Files that were uploaded: kept in the data dir, readable by us alone, thrown away in the end."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import IO

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm import config
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.imports.files import models as states
from crm.imports.files.models import FileImport
from crm.imports.files.refusals import path_beside

MOST_BYTES = 512 << 20
# A file holds people's data: it goes soon after it was read, what was refused of it a while later.
_KEPT_READ, _KEPT_WAITING = timedelta(days=1), timedelta(days=30)


def keep(stream: IO[bytes]) -> Path:
    """Write an upload to a file of its own, piece by piece. Raises Rejected for one too large."""
    folder = folder_of_uploads()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{token_hex(12)}.upload"
    written = 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
        while chunk := stream.read(1 << 16):
            written += len(chunk)
            if written > MOST_BYTES:
                break
            kept.write(chunk)
    if 0 < written <= MOST_BYTES:
        return path
    path.unlink()
    if not written:
        raise Rejected(_("The file is empty."))
    raise Rejected(_("The file is larger than %(most)s MB; part it.", most=MOST_BYTES >> 20))


def folder_of_uploads() -> Path:
    """Give the folder of uploads."""
    return config.settings().data_dir / "imports"


def is_upload(run: FileImport) -> bool:
    """Tell whether a file is ours to throw away."""
    return Path(run.path).parent == folder_of_uploads()


def forget_old(session: Session, now: datetime) -> int:
    """Throw away files that were read a day ago or lay about for thirty days; gives how many."""
    old = select(FileImport).where(FileImport.created_at < now - _KEPT_READ)
    thrown = 0
    for run in session.scalars(old):
        is_old = run.created_at < now - _KEPT_WAITING
        if is_upload(run) and (is_old or run.state == states.DONE):
            thrown += _remove(Path(run.path))
            thrown += _remove(path_beside(Path(run.path))) if is_old else 0
    session.execute(delete(FileImport).where(FileImport.created_at < now - timedelta(days=400)))
    return thrown


def discard(session: Session, run: FileImport) -> None:
    """Throw a file away that was never read."""
    if is_upload(run):
        _remove(Path(run.path))
        _remove(path_beside(Path(run.path)))
    session.delete(run)


def _remove(path: Path) -> int:
    is_there = path.exists()
    path.unlink(missing_ok=True)
    return int(is_there)
