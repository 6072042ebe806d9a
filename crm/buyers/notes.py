"""What sellers write about a buyer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, Note
from crm.errors import Rejected
from crm.i18n import gettext as _

_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class NewNote:
    """The text of a note; a pinned one stays on top."""

    text: str
    pinned: bool = False


def add_note(session: Session, buyer: Buyer, new: NewNote, actor: str, now: datetime) -> Note:
    """Write a note about a buyer. Raises Rejected for an empty or endless one."""
    text = new.text.strip()
    if not text or len(text) > _LONGEST or "\x00" in text:
        reason = _("A note has 1 to 10,000 characters.")
        raise Rejected(reason, {"text": reason})
    note = Note(
        store_id=buyer.store_id,
        buyer_id=buyer.id,
        text=text,
        pinned=new.pinned,
        author=actor,
        created_at=now,
    )
    session.add(note)
    session.flush()
    return note
