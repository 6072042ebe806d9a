"""When each periodic job last had its turn, so that several schedulers give it one."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base


class Timetable(Base):
    """The last due slot of a task that somebody claimed."""

    __tablename__ = "timetable"

    task: Mapped[str] = mapped_column(primary_key=True)
    slot_at: Mapped[datetime]
    ran_at: Mapped[datetime | None]
