"""Frequency caps: slots taken under the exclusion constraint, in the deciding transaction.

A cap of N messages in W days gives every recipient N slots; a message holds one slot of each cap
for W from the moment it is reserved, and again from the moment it is really sent.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, BigInteger, any_, delete, distinct, func, literal, select, text
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
    """Pick the caps that count a message; of two that count the same the stricter one.

    Transactional messages are never counted.
    """
    counted: dict[str, Cap] = {}
    for cap in [] if transactional else caps:
        if cap.channel not in (None, channel):
            continue
        if cap.counts == "promotions" and kind not in PROMOTIONAL_KINDS:
            continue
        known = counted.get(cap_key(cap))
        counted[cap_key(cap)] = cap if known is None or cap.limit < known.limit else known
    return list(counted.values())


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
            delete(CapSlot).where(
                CapSlot.store_id == store_id,
                CapSlot.message_id == any_(literal(ids, ARRAY(BigInteger))),
            )
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
    """Give wishes a slot each; those that found none come back."""
    window = Range(now, now + timedelta(days=cap.days))
    full, wishes = _without_room(session, cap, wishes, window)
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
    return full + wishes


def _without_room(
    session: Session, cap: Cap, wishes: list[Wish], window: Range[datetime]
) -> tuple[list[Wish], list[Wish]]:
    """Part wishes into refused and open ones; slots above a limit that was lowered count too."""
    asked = (
        select(CapSlot.recipient, func.count(distinct(CapSlot.slot)))
        .where(
            CapSlot.recipient.in_([wish.recipient for wish in wishes]),
            CapSlot.cap == cap_key(cap),
            CapSlot.during.overlaps(window),
        )
        .group_by(CapSlot.recipient)
    )
    held: Counter[str] = Counter(dict(session.execute(asked).all()) if wishes else {})
    full: list[Wish] = []
    open_: list[Wish] = []
    for wish in wishes:
        (full if held[wish.recipient] >= cap.limit else open_).append(wish)
        held[wish.recipient] += 1
    return full, open_


def _free_at(
    session: Session, cap: Cap, recipients: list[str], now: datetime
) -> dict[str, datetime]:
    """Tell when fewer than `limit` slots of each recipient are held."""
    if not recipients:
        return {}
    rows = session.execute(
        select(CapSlot.recipient, func.max(func.upper(CapSlot.during)).label("ends"))
        .where(
            CapSlot.recipient.in_(recipients),
            CapSlot.cap == cap_key(cap),
            func.upper(CapSlot.during) > now,
        )
        .group_by(CapSlot.recipient, CapSlot.slot)
        .order_by(func.max(func.upper(CapSlot.during)).desc())
    )
    ends: dict[str, list[datetime]] = {recipient: [] for recipient in recipients}
    for row in rows:
        ends[row.recipient].append(row.ends)
    return {
        recipient: found[cap.limit - 1] if len(found) >= cap.limit else now
        for recipient, found in ends.items()
    }
