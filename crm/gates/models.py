"""The slots of the frequency caps: the constraint that no program can talk its way around."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, StoreKey


class CapSlot(Base):
    """One of the N places a recipient has under a cap, taken by a message for the cap's window.

    The exclusion constraint *is* the frequency cap: N slots, each free again after the window, so
    no window of that length can hold N + 1 messages, whatever any program does. The recipient is
    an address hash, so a cap spans the stores that write to the same address.
    """

    __tablename__ = "cap_slots"
    __table_args__ = (
        UniqueConstraint("store_id", "message_id", "cap"),
        ExcludeConstraint(
            ("recipient", "="),
            ("cap", "="),
            ("slot", "="),
            ("during", "&&"),
            name="ex_cap_slots_cap",
            using="gist",
        ),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    recipient: Mapped[str]
    cap: Mapped[str]
    slot: Mapped[int]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    message_id: Mapped[int]
