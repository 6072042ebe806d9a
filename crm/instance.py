"""This installation: its identity, and the hold that stops every promotion at once."""

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.db import Base


class Instance(Base):
    """The single row that says which installation the database belongs to."""

    __tablename__ = "instance"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    identity: Mapped[str]
    hold: Mapped[bool] = mapped_column(default=False)
    held_at: Mapped[datetime | None]
    held_reason: Mapped[str | None]
    created_at: Mapped[datetime]


def find_instance(session: Session) -> Instance | None:
    """Read the instance row; None before the first start."""
    return session.get(Instance, 1)


def is_held(session: Session) -> bool:
    """Tell whether promotions are on hold; a database never started holds nothing."""
    return bool(session.scalar(select(Instance.hold).where(Instance.id == 1)))


def get_instance(session: Session, now: datetime, identity: str = "") -> Instance:
    """Read the instance row, writing it at the first start."""
    row = session.get(Instance, 1, with_for_update=True)
    if row is None:
        row = Instance(id=1, identity=identity, hold=False, created_at=now)
        session.add(row)
        session.flush()
    return row


def recognise(session: Session, now: datetime) -> bool:
    """Compare the database with where it was first used; one that was copied is put on hold.

    A copy or a restored backup does not know what went out since. Gives True while it is the same.
    """
    found = session.scalar(text(_WHERE_WE_ARE)) or ""
    row = get_instance(session, now, found)
    if row.identity and row.identity != found:
        hold(session, "the database was restored or copied", now)
    is_same = row.identity in ("", found)
    row.identity = found
    return is_same


def hold(session: Session, reason: str, now: datetime) -> None:
    """Stop every promotion until `release`; notices go on."""
    row = get_instance(session, now)
    row.hold, row.held_at, row.held_reason = True, now, reason


def release(session: Session, now: datetime) -> None:
    """Let promotions go out again."""
    row = get_instance(session, now)
    row.hold, row.held_at, row.held_reason = False, None, None


# The cluster, the database in it and, for the embedded server, the folder it lies in.
_WHERE_WE_ARE = """
SELECT concat_ws('/', system_identifier, oid, current_setting('regulars.place', true))
FROM pg_control_system(), pg_database WHERE datname = current_database()
"""
