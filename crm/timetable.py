"""When each periodic job last had its turn, so that several schedulers give it one."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.db import Base


class Timetable(Base):
    """The last due slot of a task that somebody claimed."""

    __tablename__ = "timetable"

    task: Mapped[str] = mapped_column(primary_key=True)
    slot_at: Mapped[datetime]
    ran_at: Mapped[datetime | None]


def claim(session: Session, task: str, slot_at: datetime) -> bool:
    """Take a task's due slot; False when it, or a later one, was taken before."""
    wanted = insert(Timetable).values(task=task, slot_at=slot_at)
    taken = wanted.on_conflict_do_update(
        index_elements=[Timetable.task],
        set_={"slot_at": slot_at, "ran_at": None},
        where=Timetable.slot_at < slot_at,
    )
    return session.execute(taken.returning(Timetable.task)).first() is not None


def record_run(session: Session, task: str, real_now: datetime) -> None:
    """Record that the claimed slot of a task was worked off."""
    waiting = (Timetable.task == task) & Timetable.ran_at.is_(None)
    session.execute(update(Timetable).where(waiting).values(ran_at=real_now))


def unfinished(session: Session) -> set[str]:
    """Name the tasks whose claimed slot nobody has worked off yet."""
    return set(session.scalars(select(Timetable.task).where(Timetable.ran_at.is_(None))))
