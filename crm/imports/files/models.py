"""Tables of files brought by people: each one's layout, how far it was read, what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, StoreKey

# prepared → waiting → running → done; a check ends as checked, trouble as failed, a no as stopped.
PREPARED, WAITING, RUNNING = "prepared", "waiting", "running"
CHECKED, DONE, FAILED, STOPPED = "checked", "done", "failed", "stopped"


class FileImport(Base):
    """One file for one store: known by its hash, read on where it stopped."""

    __tablename__ = "file_imports"
    __table_args__ = (
        Index("ix_file_imports_file", "store_id", "kind", "sha256"),
        Index("ix_file_imports_state", "state", "id"),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    kind: Mapped[str]
    name: Mapped[str]
    path: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    encoding: Mapped[str]
    is_sure: Mapped[bool] = mapped_column(default=True)
    delimiter: Mapped[str]
    heading: Mapped[list[Any]] = mapped_column(default=list)
    # Their column → our field.
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # When the file tells how things are; `is_dated` when somebody said so.
    as_of: Mapped[datetime]
    is_dated: Mapped[bool] = mapped_column(default=False)
    # An explicit decision that a column of consent grants: {"source", "proof"}.
    consent: Mapped[dict[str, Any] | None]
    actor: Mapped[str]
    is_check: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=PREPARED)
    # Rows read so far, the bytes they took, and what became of them.
    rows: Mapped[int] = mapped_column(default=0)
    place: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    refused_bytes: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
