"""Words sellers hang on a buyer."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.buyers.facts.locks import lock_buyers
from crm.buyers.models import Buyer, FlagChange, Tag
from crm.errors import Rejected
from crm.i18n import gettext as _

_LONGEST, _MOST = 60, 50


def set_tags(
    session: Session, buyer: Buyer, tags: Iterable[str], actor: str, now: datetime
) -> list[str]:
    """Make these the buyer's tags; gives them cleaned and sorted. Raises Rejected."""
    wanted = sorted({" ".join(tag.split()) for tag in tags} - {""})
    if len(wanted) > _MOST or any(len(tag) > _LONGEST or "\x00" in tag for tag in wanted):
        reason = _("A buyer has at most 50 tags of at most 60 characters.")
        raise Rejected(reason, {"tags": reason})
    lock_buyers(session, buyer.store_id, [buyer.id])
    mine = (Tag.store_id == buyer.store_id) & (Tag.buyer_id == buyer.id)
    present = set(session.scalars(select(Tag.tag).where(mine)))
    added, removed = sorted(set(wanted) - present), sorted(present - set(wanted))
    if removed:
        session.execute(delete(Tag).where(mine, Tag.tag.in_(removed)))
    session.add_all(
        Tag(store_id=buyer.store_id, buyer_id=buyer.id, tag=tag, actor=actor, created_at=now)
        for tag in added
    )
    if added or removed:
        detail = {"added": added, "removed": removed}
        session.add(_change(buyer, detail, actor, now))
    session.flush()
    return wanted


def _change(buyer: Buyer, detail: dict[str, list[str]], actor: str, now: datetime) -> FlagChange:
    return FlagChange(
        store_id=buyer.store_id,
        buyer_id=buyer.id,
        kind="tags",
        detail=detail,
        actor=actor,
        changed_at=now,
    )
