"""Two buyers who are one person: everything moves to the survivor and can be parted again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from crm.buyers import rollups
from crm.buyers.facts import fold, moving, uniting
from crm.buyers.facts.locks import lock_buyers
from crm.buyers.models import Buyer, FlagChange, Identity, Merge, Tag
from crm.errors import Conflict, NotFound
from crm.i18n import gettext as _
from crm.stores.models import Store

PROVEN = "said_together"
BY_PHONE = "same_phone"
BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class _Pair:
    survivor: Buyer
    other: Buyer


def merge(
    session: Session, store: Store, pair: tuple[int, int], actor: str, now: datetime
) -> Buyer:
    """Merge the second buyer of the pair into the first, who survives.

    Raises NotFound or Conflict.
    """
    survivor_id, other_id = pair
    if survivor_id == other_id:
        raise Conflict(_("A buyer cannot be merged into the same buyer."))
    found = {buyer.id: buyer for buyer in lock_buyers(session, store.id, pair)}
    for buyer_id in pair:
        if buyer_id not in found:
            raise NotFound(_("There is no buyer %(id)s here.", id=buyer_id))
        if found[buyer_id].merged_into or found[buyer_id].erased_at:
            raise Conflict(_("Buyer %(id)s is merged or erased already.", id=buyer_id))
    _absorb(session, store, _Pair(found[survivor_id], found[other_id]), (BY_HAND, actor), now)
    return found[survivor_id]


def join(session: Session, store: Store, pair: tuple[Buyer, Buyer], now: datetime) -> Buyer:
    """Merge two locked buyers whom a storefront showed to be one; the first survives."""
    _absorb(session, store, _Pair(*pair), (PROVEN, "storefront"), now)
    return pair[0]


def absorb_persona(
    session: Session, store: Store, owner: Buyer, persona_id: int, now: datetime
) -> None:
    """Give the owner of a phone what was known by nothing but the phone."""
    buyers = {b.id: b for b in lock_buyers(session, store.id, [owner.id, persona_id])}
    persona = buyers[persona_id]
    fold.forget(persona, [*fold.heard(persona), "joined_at"])
    _absorb(session, store, _Pair(owner, persona), (BY_PHONE, "storefront"), now)


def was_parted(session: Session, store_id: int, buyer_ids: Iterable[int]) -> bool:
    """Tell whether a seller has parted any two of these buyers: then nothing joins them again."""
    ids = list(buyer_ids)
    return bool(
        session.scalar(
            select(
                select(Merge.id)
                .where(
                    Merge.store_id == store_id,
                    Merge.survivor_id.in_(ids),
                    Merge.merged_id.in_(ids),
                    Merge.undone_at.is_not(None),
                )
                .exists()
            )
        )
    )


def unmerge(session: Session, store: Store, survivor_id: int, actor: str, now: datetime) -> Buyer:
    """Undo the last merge of a survivor and give the buyer who is herself again.

    What the survivor did since stays with the survivor. Raises Conflict when there is no merge.
    """
    last = session.scalar(
        select(Merge)
        .where(
            Merge.store_id == store.id,
            Merge.survivor_id == survivor_id,
            Merge.undone_at.is_(None),
        )
        .order_by(Merge.id.desc())
        .limit(1)
        .with_for_update()
    )
    if last is None:
        raise Conflict(_("This buyer was not merged with anybody."))
    buyers = {b.id: b for b in lock_buyers(session, store.id, [survivor_id, last.merged_id])}
    pair = _Pair(buyers[survivor_id], buyers[last.merged_id])
    _part(session, store, pair, last.moved, now)
    last.undone_at = now
    _remember(session, pair, ("unmerge", actor), now)
    rollups.refresh(session, store, [pair.survivor.id, pair.other.id], now)
    return pair.other


def _absorb(
    session: Session, store: Store, pair: _Pair, why: tuple[str, str], now: datetime
) -> None:
    survivor, other = pair.survivor, pair.other
    session.flush()
    before = _picture(survivor)
    fold.adopt(survivor, other)
    _adopt_flags(survivor, other)
    moved = {
        "before": before,
        "after": _picture(survivor),
        "rows": moving.move(session, store.id, other.id, survivor.id),
        "names": _rename(session, store.id, other.id, survivor.id),
        "tags": _copy_tags(session, pair),
        "consents": uniting.unite(session, store.id, survivor.id, other.id),
    }
    other.merged_into, other.updated_at, survivor.updated_at = survivor.id, now, now
    kept = {"store_id": store.id, "survivor_id": survivor.id, "merged_id": other.id}
    reason, actor = why
    session.add(Merge(**kept, reason=reason, actor=actor, moved=moved, merged_at=now))
    _remember(session, pair, ("merge", actor), now)
    moving.recount(session, store.id, (survivor, other))
    rollups.refresh(session, store, [survivor.id, other.id], now)


def _part(
    session: Session, store: Store, pair: _Pair, moved: Mapping[str, Any], now: datetime
) -> None:
    survivor, other = pair.survivor, pair.other
    other.merged_into, other.updated_at, survivor.updated_at = None, now, now
    _restore(survivor, moved["before"], moved["after"])
    moving.move_back(session, store.id, (survivor.id, other.id), moved["rows"])
    for kind, value in moved["names"]:
        session.execute(
            update(Identity)
            .where(
                Identity.store_id == store.id,
                Identity.kind == kind,
                Identity.value == value,
                Identity.buyer_id == survivor.id,
            )
            .values(buyer_id=other.id)
        )
    session.execute(
        delete(Tag).where(
            Tag.store_id == store.id, Tag.buyer_id == survivor.id, Tag.tag.in_(moved["tags"])
        )
    )
    uniting.part(session, store.id, (survivor.id, other.id), moved["consents"])
    moving.recount(session, store.id, (survivor, other))


def _picture(buyer: Buyer) -> dict[str, Any]:
    flags = {"vip": buyer.vip, "vip_reason": buyer.vip_reason}
    return {**fold.snapshot(buyer), "flags": flags, "zone_source": buyer.timezone_source}


def _restore(buyer: Buyer, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    fold.restore(buyer, before, after)
    if {"vip": buyer.vip, "vip_reason": buyer.vip_reason} == after["flags"]:
        buyer.vip, buyer.vip_reason = before["flags"]["vip"], before["flags"]["vip_reason"]
    if buyer.timezone == before["values"]["timezone"]:
        buyer.timezone_source = before["zone_source"]


def _adopt_flags(survivor: Buyer, other: Buyer) -> None:
    if other.vip and not survivor.vip:
        survivor.vip, survivor.vip_reason, survivor.vip_at = True, other.vip_reason, other.vip_at


def _rename(session: Session, store_id: int, source: int, target: int) -> list[list[str]]:
    rows = session.execute(
        update(Identity)
        .where(Identity.store_id == store_id, Identity.buyer_id == source)
        .values(buyer_id=target)
        .returning(Identity.kind, Identity.value)
    )
    return sorted([kind, value] for kind, value in rows)


def _copy_tags(session: Session, pair: _Pair) -> list[str]:
    tags = session.scalars(
        select(Tag).where(
            Tag.store_id == pair.other.store_id,
            or_(Tag.buyer_id == pair.other.id, Tag.buyer_id == pair.survivor.id),
        )
    ).all()
    present = {tag.tag for tag in tags if tag.buyer_id == pair.survivor.id}
    new = [tag for tag in tags if tag.tag not in present]
    session.add_all(
        Tag(
            store_id=tag.store_id,
            buyer_id=pair.survivor.id,
            tag=tag.tag,
            actor=tag.actor,
            created_at=tag.created_at,
        )
        for tag in new
    )
    return [tag.tag for tag in new]


def _remember(session: Session, pair: _Pair, what: tuple[str, str], now: datetime) -> None:
    kind, actor = what
    for buyer, partner in ((pair.survivor, pair.other), (pair.other, pair.survivor)):
        session.add(
            FlagChange(
                store_id=buyer.store_id,
                buyer_id=buyer.id,
                kind=kind,
                detail={"with": partner.id},
                actor=actor,
                changed_at=now,
            )
        )
