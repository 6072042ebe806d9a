"""Frequency caps: slots taken under the exclusion constraint, in the deciding transaction.

A cap of N messages in W days gives every recipient N slots; a message holds one slot of each cap
for W from the moment it is reserved, and again from the moment it is really sent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from crm.gates.decide import PROMOTIONAL_KINDS
from crm.gates.models import CapSlot
from crm.stores.settings import Cap


@dataclass(frozen=True, slots=True)
class Wish:
    """A message that wants its slots."""

    message_id: int
    recipient: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A wish that found no slot: the cap that was full and the first instant it is not."""

    cap: Cap
    free_at: datetime


def caps_for(caps: Iterable[Cap], kind: str, channel: str, *, transactional: bool) -> list[Cap]:
    """Pick the caps that count a message; transactional messages are never counted."""
    if transactional:
        return []
    return [
        cap
        for cap in caps
        if cap.channel in (None, channel)
        and (cap.counts != "promotions" or kind in PROMOTIONAL_KINDS)
    ]


def reserve(
    session: Session, store_id: int, caps: Sequence[Cap], wishes: Sequence[Wish], now: datetime
) -> dict[int, Refusal]:
    """Take a slot of every cap for every wish; give the refused ones by message id.

    A refused wish holds nothing afterwards. Safe with any number of deciders: recipients are
    locked in one order, and PostgreSQL itself refuses what would break a cap.
    """
    _lock(session, {wish.recipient for wish in wishes} if caps else set())
    refused: dict[int, Refusal] = {}
    for cap in caps:
        left = [wish for wish in wishes if wish.message_id not in refused]
        losers = _take(session, store_id, cap, left, now)
        free_at = _free_at(session, cap, [wish.recipient for wish in losers], now)
        for wish in losers:
            refused[wish.message_id] = Refusal(cap, free_at[wish.recipient])
    release(session, store_id, refused)
    return refused


def move(
    session: Session, store_id: int, caps: Sequence[Cap], wish: Wish, now: datetime
) -> Refusal | None:
    """Move a message's slots to the moment it is really sent; a refusal leaves it none."""
    _lock(session, {wish.recipient} if caps else set())
    release(session, store_id, [wish.message_id])
    return reserve(session, store_id, caps, [wish], now).get(wish.message_id)


def release(session: Session, store_id: int, message_ids: Iterable[int]) -> None:
    """Give the slots of messages that will not be sent back to their recipients."""
    ids = list(message_ids)
    if ids:
        session.execute(
            delete(CapSlot).where(CapSlot.store_id == store_id, CapSlot.message_id.in_(ids))
        )


def cap_key(cap: Cap) -> str:
    """Name a cap by what it counts, so that renaming it or moving its limit forgets nothing."""
    return f"{cap.counts}:{cap.channel or '*'}:{cap.days}d"


def _lock(session: Session, recipients: set[str]) -> None:
    for recipient in sorted(recipients):
        session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:recipient, 7))"),
            {"recipient": recipient},
        )


def _take(
    session: Session, store_id: int, cap: Cap, wishes: list[Wish], now: datetime
) -> list[Wish]:
    window = Range(now, now + timedelta(days=cap.days))
    for slot in range(1, cap.limit + 1):
        if not wishes:
            break
        rows = [
            {
                "store_id": store_id,
                "recipient": wish.recipient,
                "cap": cap_key(cap),
                "slot": slot,
                "during": window,
                "message_id": wish.message_id,
            }
            for wish in wishes
        ]
        taken = insert(CapSlot).on_conflict_do_nothing().returning(CapSlot.message_id)
        won = set(session.scalars(taken, rows))
        wishes = [wish for wish in wishes if wish.message_id not in won]
    return wishes


def _free_at(
    session: Session, cap: Cap, recipients: list[str], now: datetime
) -> dict[str, datetime]:
    if not recipients:
        return {}
    ends = (
        select(CapSlot.recipient, CapSlot.slot, func.max(func.upper(CapSlot.during)).label("ends"))
        .where(
            CapSlot.recipient.in_(recipients),
            CapSlot.cap == cap_key(cap),
            CapSlot.slot <= cap.limit,
            func.upper(CapSlot.during) > now,
        )
        .group_by(CapSlot.recipient, CapSlot.slot)
        .subquery()
    )
    first = select(ends.c.recipient, func.min(ends.c.ends).label("free_at")).group_by(
        ends.c.recipient
    )
    found = {row.recipient: row.free_at for row in session.execute(first)}
    # Two wishes of one batch for one recipient: the slot the first took is the one to wait for.
    return {recipient: found.get(recipient, now) for recipient in recipients}
