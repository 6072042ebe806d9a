"""What workers do about files that people brought."""

from crm import clock, db, queue
from crm.imports.files import running, uploads

_READ = "crm.imports.files.jobs.read_files"
_SECONDS = 15.0


def read_files() -> int:
    """Read a file on for a while, then let other work have its turn."""
    run = running.read_next(_SECONDS, clock.now())
    if run is None:
        return 0
    queue.ring(_READ)
    return 1


def forget_files() -> int:
    """Throw uploads away when they were taken in, and what was refused of them in the end."""
    with db.session() as session:
        return uploads.forget_old(session, clock.now())
