"""Files in the books: opened once by hash, claimed under a lease of real time, moved on, ended."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from crm import config
from crm.errors import Conflict, Rejected
from crm.i18n import gettext as _
from crm.imports.faults import later
from crm.imports.files import models as states
from crm.imports.files.fields import match, missing
from crm.imports.files.models import FileImport
from crm.imports.files.tables import Layout, inspect

_MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class Brought:
    """A file somebody brought; `columns` by their names go before what we would guess."""

    kind: str
    path: Path
    name: str
    actor: str
    encoding: str | None = None
    columns: Mapping[str, str] | None = None
    as_of: datetime | None = None
    consent: Mapping[str, str] | None = None


@dataclass(slots=True)
class Step:
    """What a few rows came to, and where the file stands behind them."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    refused: int = 0
    reasons: list[dict[str, Any]] = field(default_factory=list)
    place: int = 0
    refused_bytes: int = 0


def open_file(session: Session, store_id: int, brought: Brought, now: datetime) -> FileImport:
    """Open a file for import, or find it where it stopped. Raises Rejected when it is no table."""
    layout = inspect(brought.path, brought.encoding)
    digest, size = _measure(brought.path)
    before = _newest(session, store_id, brought.kind, digest)
    columns = _columns(session, store_id, brought, layout)
    if before is not None and _goes_on(before, brought, layout, columns):
        before.path, before.name = str(brought.path), brought.name
        return before
    consent = dict(brought.consent) if brought.consent else None
    opened = FileImport(
        store_id=store_id,
        kind=brought.kind,
        name=brought.name,
        path=str(brought.path),
        sha256=digest,
        size=size,
        **_written(layout),
        columns=columns,
        as_of=brought.as_of or (before.as_of if before else now),
        is_dated=brought.as_of is not None or (before is not None and before.is_dated),
        consent=consent,
        actor=brought.actor,
        created_at=now,
        reasons=[],
    )
    session.add(opened)
    session.flush()
    return opened


def layout_of(run: FileImport) -> Layout:
    """Give how a file is written, as it was found when it was opened."""
    return Layout(run.encoding, run.is_sure, run.delimiter, tuple(run.heading))


def start(run: FileImport, *, check: bool, now: datetime) -> None:
    """Let a file be read: from where it stopped, or from the top. Raises Rejected."""
    if gaps := missing(run.kind, run.columns.values()):
        said = _("No column tells: %(fields)s. Match them by hand.", fields=", ".join(gaps))
        raise Rejected(said, dict.fromkeys(gaps, _("is missing")))
    if check or run.is_check or run.state in (states.DONE, states.PREPARED):
        _rewind(run)
    run.is_check, run.error, run.finished_at = check, None, None
    run.state, run.started_at = states.WAITING, run.started_at or now


def rewrite(session: Session, run: FileImport, encoding: str, columns: Mapping[str, str]) -> None:
    """Read a file in another encoding, or match its columns otherwise. Raises Rejected."""
    if run.state in (states.WAITING, states.RUNNING):
        raise Conflict(_("The file is being read at this moment; stop it first."))
    layout = inspect(Path(run.path), encoding)
    known = {name: columns.get(name, "") for name in layout.heading} if columns else None
    for name, value in _written(layout).items():
        setattr(run, name, value)
    run.columns = match(run.kind, layout.heading, known)
    run.state = states.PREPARED
    session.flush()


def claim(session: Session) -> FileImport | None:
    """Claim a file that waits, or whose reader went away."""
    real_now = func.clock_timestamp()
    free = or_(FileImport.lease_until.is_(None), FileImport.lease_until < real_now)
    run = session.scalar(
        select(FileImport)
        .where(FileImport.state.in_((states.WAITING, states.RUNNING)), free)
        .order_by(FileImport.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return _take(session, run) if run else None


def take_over(session: Session, run_id: int) -> FileImport | None:
    """Claim one file whatever its lease says: the caller holds the file itself locked."""
    run = session.scalar(select(FileImport).where(FileImport.id == run_id).with_for_update())
    return _take(session, run) if run and run.state in (states.WAITING, states.RUNNING) else None


def move(session: Session, run: FileImport, step: Step) -> bool:
    """Count rows in the transaction that took them; False when the file is no longer ours."""
    kept = session.get(
        FileImport, (run.store_id, run.id), with_for_update=True, populate_existing=True
    )
    if kept is None or kept.token != run.token or kept.state != states.RUNNING:
        return False
    for name in ("rows", "new", "changed", "known", "refused"):
        setattr(kept, name, getattr(kept, name) + getattr(step, name))
    kept.reasons = [*kept.reasons, *step.reasons][:_MOST_REASONS]
    kept.place, kept.refused_bytes = step.place, step.refused_bytes
    _hold(session, kept)
    return True


def let_go(session: Session, run: FileImport) -> None:
    """Leave a file for whoever reads on."""
    session.execute(_ours(run).values(token=None, lease_until=None, state=states.WAITING))


def finish(session: Session, run: FileImport, now: datetime, error: str | None = None) -> None:
    """End the reading of a file: at its end, or for a reason that reading on would not mend."""
    state = states.FAILED if error else states.CHECKED if run.is_check else states.DONE
    ended = {"token": None, "lease_until": None, "finished_at": now}
    session.execute(_ours(run).values(state=state, error=error, **ended))


def stop(run: FileImport, now: datetime) -> None:
    """Stop a file where it is; what was taken stays, and it can be gone on with."""
    if run.state in (states.WAITING, states.RUNNING):
        run.state, run.finished_at = states.STOPPED, now
        run.token = run.lease_until = None


def _take(session: Session, run: FileImport) -> FileImport:
    run.state, run.token = states.RUNNING, token_hex(8)
    _hold(session, run)
    return run


def _measure(path: Path) -> tuple[str, int]:
    digest = hashlib.sha256()
    with path.open("rb") as raw:
        while chunk := raw.read(1 << 20):
            digest.update(chunk)
        return digest.hexdigest(), raw.tell()


def _newest(session: Session, store_id: int, kind: str, digest: str) -> FileImport | None:
    return session.scalar(
        select(FileImport)
        .where(
            FileImport.store_id == store_id, FileImport.kind == kind, FileImport.sha256 == digest
        )
        .order_by(FileImport.id.desc())
        .limit(1)
    )


def _columns(session: Session, store_id: int, brought: Brought, layout: Layout) -> dict[str, str]:
    """Match columns: as told now, as in the last file of the kind, as their names suggest."""
    last = session.scalars(
        select(FileImport)
        .where(
            FileImport.store_id == store_id,
            FileImport.kind == brought.kind,
            FileImport.state.in_((states.DONE, states.CHECKED)),
        )
        .order_by(FileImport.id.desc())
        .limit(1)
    ).first()
    remembered = {name: last.columns.get(name, "") for name in last.heading} if last else {}
    known = {name: ours for name, ours in remembered.items() if name in layout.heading}
    told = brought.columns or {}
    taken = set(told.values())
    free = {name: ours for name, ours in known.items() if ours not in taken or not ours}
    return match(brought.kind, layout.heading, {**free, **told})


def _goes_on(
    before: FileImport, brought: Brought, layout: Layout, columns: Mapping[str, str]
) -> bool:
    """Tell whether an earlier run over the same file, read the same way, is to be gone on with."""
    is_open = before.state not in (states.DONE, states.CHECKED)
    same_way = layout_of(before) == layout and before.columns == columns
    same_say = (before.consent or None) == (dict(brought.consent) if brought.consent else None)
    same_time = brought.as_of is None or brought.as_of == before.as_of
    return is_open and same_way and same_say and same_time


def _written(layout: Layout) -> dict[str, Any]:
    return {
        "encoding": layout.encoding,
        "is_sure": layout.sure,
        "delimiter": layout.delimiter,
        "heading": list(layout.heading),
    }


def _rewind(run: FileImport) -> None:
    for name in ("rows", "place", "new", "changed", "known", "refused", "refused_bytes"):
        setattr(run, name, 0)
    run.reasons, run.started_at = [], None


def _hold(session: Session, run: FileImport) -> None:
    run.lease_until = later(config.settings().lease_seconds + 60)
    session.flush()


def _ours(run: FileImport) -> Any:
    return update(FileImport).where(
        FileImport.store_id == run.store_id,
        FileImport.id == run.id,
        FileImport.token == run.token,
        FileImport.state == states.RUNNING,
    )
