"""A buyer's particulars: as a storefront tells them, and as a seller or she herself sets them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm.buyers import zones
from crm.buyers.facts import fold, phones
from crm.buyers.facts.locks import hold, lock_buyers
from crm.buyers.facts.names import lookup
from crm.buyers.facts.particulars import read_changes
from crm.buyers.identity import Sighting, resolve
from crm.buyers.models import Buyer, Identity
from crm.errors import Conflict
from crm.events import BuyerChanged
from crm.i18n import gettext as _
from crm.stores.models import Store


def record_buyer(
    session: Session, store: Store, event: BuyerChanged, now: datetime
) -> Buyer | None:
    """Record what a storefront tells about a customer; None when there is nobody to know."""
    seen = Sighting(event.person, event.version, event.version.at)
    return resolve(session, store, seen, now)


def change_profile(
    session: Session, buyer: Buyer, changes: Mapping[str, Any], actor: str, now: datetime
) -> Buyer:
    """Set what a seller, or the actor `buyer` herself, decided; no storefront overwrites it.

    Raises Rejected with errors by field, Conflict when an address is another buyer's.
    """
    store = session.get_one(Store, buyer.store_id)
    said = read_changes(changes, zones.store_country(store))
    _lock(session, buyer, said)
    for kind in ("email", "phone"):
        if kind in said and said[kind] != getattr(buyer, kind):
            _rename(session, buyer, kind, said[kind], now)
    source = "buyer" if actor == "buyer" else "seller"
    fold.set_by_hand(buyer, said, source, now)
    if "timezone" in said:
        buyer.timezone_source = source if said["timezone"] else None
    zones.place(buyer)
    buyer.updated_at = now
    session.flush()
    return buyer


def birthday_text(buyer: Buyer) -> str | None:
    """Write a birthday as `1990-02-28`, or `--02-28` when the year is not known."""
    if buyer.birth_month is None or buyer.birth_day is None:
        return None
    year = "-" if buyer.birth_year is None else f"{buyer.birth_year:04d}"
    return f"{year}-{buyer.birth_month:02d}-{buyer.birth_day:02d}"


def _lock(session: Session, buyer: Buyer, said: Mapping[str, Any]) -> None:
    names = [(kind, said[kind]) for kind in ("email", "phone") if said.get(kind)]
    hold(session, buyer.store_id, names)
    lock_buyers(session, buyer.store_id, [buyer.id])


def _rename(session: Session, buyer: Buyer, kind: str, value: str | None, now: datetime) -> None:
    """Make a new address the one she is known by; a phone may be shared, an e-mail may not."""
    taken = session.scalar(lookup(buyer.store_id, [(kind, value)])) if value else None
    if taken is not None and kind == "email" and taken.buyer_id != buyer.id:
        reason = _("This address is that of buyer %(id)s; merge the two.", id=taken.buyer_id)
        raise Conflict(reason, {kind: reason})
    old = getattr(buyer, kind)
    if old:
        session.execute(
            delete(Identity).where(
                Identity.store_id == buyer.store_id,
                Identity.kind == kind,
                Identity.value == old,
                Identity.buyer_id == buyer.id,
            )
        )
    if value and taken is None:
        claim = phones.BY_HAND if kind == "phone" else None
        session.add(
            Identity(
                store_id=buyer.store_id,
                kind=kind,
                value=value,
                buyer_id=buyer.id,
                claim=claim,
                created_at=now,
            )
        )
