"""The VIP pin: set by a seller, whatever the value class says."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from crm.buyers.models import Buyer, FlagChange


@dataclass(frozen=True, slots=True)
class Pin:
    """Whether a buyer is a VIP, and why."""

    vip: bool
    reason: str | None = None


def set_vip(session: Session, buyer: Buyer, pin: Pin, actor: str, now: datetime) -> None:
    """Pin a buyer as VIP or take the pin away; the change is kept in her history."""
    if (buyer.vip, buyer.vip_reason) == (pin.vip, pin.reason):
        return
    buyer.vip, buyer.vip_at = pin.vip, now if pin.vip else None
    buyer.vip_reason = pin.reason if pin.vip else None
    session.add(
        FlagChange(
            store_id=buyer.store_id,
            buyer_id=buyer.id,
            kind="vip",
            detail={"vip": pin.vip, "reason": pin.reason},
            actor=actor,
            changed_at=now,
        )
    )
    session.flush()
