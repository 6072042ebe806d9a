"""The inbox: keeps every delivery once, hands it out under a lease, remembers what became of it.

Leases run on the database's own clock, so that a frozen business clock never holds a worker.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, func, select, tuple_, update
from sqlalchemy.orm import Session

from crm import config
from crm.errors import Conflict, NotFound, Rejected
from crm.i18n import gettext as _
from crm.webhooks.keeping import Delivery, cleaned, keep, keep_at_once
from crm.webhooks.models import Webhook

__all__ = [
    "Claimed",
    "Delivery",
    "End",
    "claim_batch",
    "give_back",
    "keep",
    "keep_at_once",
    "replay",
    "replay_state",
    "settle",
    "settle_all",
]

MOST_CLAIMS = 3
_MOST_ERROR = 2000
_SETTLED = ("done", "failed")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A webhook that is ours until its lease ends; the token proves it."""

    store_id: int
    id: int
    platform: str
    topic: str
    headers: dict[str, str]
    received_at: datetime
    body: bytes | None = field(repr=False)
    token: str


@dataclass(frozen=True, slots=True)
class End:
    """What became of a webhook: the words of what it did, or the error that stopped it."""

    outcome: str | None = None
    error: str | None = None


def claim_batch(session: Session, most: int, now: datetime) -> list[Claimed]:
    """Claim webhooks that wait, oldest first; what nobody could finish is parked as failed.

    A webhook whose worker died comes alone the next time: should it be the one that kills, it
    takes no neighbour with it.
    """
    _park(session, now)
    stranded = _claim(session, _lapsed(), 1)
    return stranded or _claim(session, Webhook.state == "pending", most)


def settle(session: Session, claimed: Claimed, end: End, now: datetime) -> bool:
    """End a claim; tells whether it was still ours. If not, the caller must roll back."""
    changed: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(Webhook)
        .where(
            Webhook.store_id == claimed.store_id,
            Webhook.id == claimed.id,
            Webhook.token == claimed.token,
            Webhook.state == "processing",
        )
        .values(
            state="failed" if end.error else "done",
            error=cleaned(end.error, _MOST_ERROR) if end.error else None,
            outcome=end.outcome,
            token=None,
            lease_until=None,
            settled_at=now,
        )
    )
    return bool(changed.rowcount)


def settle_all(session: Session, ended: Sequence[tuple[Claimed, str]], now: datetime) -> bool:
    """End claims as done, each with its outcome; tells whether all were ours. If not, roll back."""
    by_outcome: dict[str, list[tuple[int, int, str]]] = {}
    for claimed, outcome in ended:
        key = (claimed.store_id, claimed.id, claimed.token)
        by_outcome.setdefault(outcome, []).append(key)
    settled = 0
    for outcome, keys in by_outcome.items():
        changed: CursorResult[Any] = session.execute(  # type: ignore[assignment]
            update(Webhook)
            .where(
                tuple_(Webhook.store_id, Webhook.id, Webhook.token).in_(keys),
                Webhook.state == "processing",
            )
            .values(state="done", outcome=outcome, settled_at=now, **_UNCLAIMED)
            .execution_options(synchronize_session=False)
        )
        settled += changed.rowcount
    return settled == len(ended)


def forget_bodies(session: Session, store_id: int, webhook_ids: Sequence[int]) -> None:
    """Forget what webhooks said that were settled just now; that they came stays known."""
    if webhook_ids:
        session.execute(
            update(Webhook)
            .where(Webhook.store_id == store_id, Webhook.id.in_(webhook_ids))
            .values(body=None, headers={})
            .execution_options(synchronize_session=False)
        )


def give_back(session: Session, claims: Sequence[Claimed]) -> None:
    """Return claims that were not begun, as if they had never been made."""
    session.execute(
        update(Webhook)
        .where(
            tuple_(Webhook.store_id, Webhook.id).in_([(c.store_id, c.id) for c in claims]),
            Webhook.token.in_({claimed.token for claimed in claims}),
        )
        .values(state="pending", token=None, lease_until=None, attempts=Webhook.attempts - 1)
    )


def replay(session: Session, store_ids: Sequence[int] | None, ids: Sequence[int]) -> int:
    """Put some settled webhooks back to be worked on; gives their number.

    Raises NotFound for one that is unknown or not settled, Conflict for one without its body.
    """
    chosen = _settled(store_ids) & Webhook.id.in_(ids)
    found = set(session.scalars(select(Webhook.id).where(chosen)))
    if missing := sorted(set(ids) - found):
        listed = ", ".join(map(str, missing))
        raise NotFound(
            _("These are not in the inbox, or not settled yet: %(listed)s.", listed=listed)
        )
    return _put_back(session, chosen)


def replay_state(session: Session, store_ids: Sequence[int] | None, state: str) -> int:
    """Put every `failed` (or `done`) webhook back that still has its body; gives their number."""
    if state not in _SETTLED:
        raise Rejected(_("Only failed and done webhooks can be replayed."))
    chosen = _settled(store_ids) & (Webhook.state == state) & Webhook.body.is_not(None)
    return _put_back(session, chosen)


def _settled(store_ids: Sequence[int] | None) -> ColumnElement[bool]:
    settled = Webhook.state.in_(_SETTLED)
    return settled if store_ids is None else settled & Webhook.store_id.in_(store_ids)


def _put_back(session: Session, chosen: ColumnElement[bool]) -> int:
    gone = session.scalars(select(Webhook.id).where(chosen, Webhook.body.is_(None)).limit(10)).all()
    if gone:
        listed = ", ".join(map(str, gone))
        raise Conflict(_("The bodies of these are no longer kept: %(listed)s.", listed=listed))
    changed: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(Webhook)
        .where(chosen)
        .values(state="pending", attempts=0, error=None, outcome=None, settled_at=None)
        .execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)


def _park(session: Session, now: datetime) -> None:
    session.execute(
        update(Webhook)
        .where(_lapsed(), Webhook.attempts >= MOST_CLAIMS)
        .values(
            state="failed",
            error=_(
                "Nobody could finish it: each of %(most)s workers stopped over it.",
                most=MOST_CLAIMS,
            ),
            token=None,
            lease_until=None,
            settled_at=now,
        )
    )


def _claim(session: Session, which: ColumnElement[bool], most: int) -> list[Claimed]:
    token = token_hex(8)
    waiting = (
        select(Webhook.store_id, Webhook.id)
        .where(which)
        .order_by(Webhook.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("waiting")
    )
    rows = session.execute(
        update(Webhook)
        .where(Webhook.store_id == waiting.c.store_id, Webhook.id == waiting.c.id)
        .values(
            state="processing",
            token=token,
            attempts=Webhook.attempts + 1,
            lease_until=func.clock_timestamp() + _lease(),
        )
        .returning(*_CLAIMED)
        .execution_options(synchronize_session=False)
    )
    claims = [Claimed(**row._mapping, token=token) for row in rows]
    return sorted(claims, key=lambda claimed: claimed.id)


def _lapsed() -> ColumnElement[bool]:
    return (Webhook.state == "processing") & (Webhook.lease_until < func.clock_timestamp())


def _lease() -> Any:
    return func.make_interval(0, 0, 0, 0, 0, 0, config.settings().lease_seconds)


_UNCLAIMED: dict[str, Any] = {"error": None, "token": None, "lease_until": None}
_CLAIMED = (
    Webhook.store_id,
    Webhook.id,
    Webhook.platform,
    Webhook.topic,
    Webhook.headers,
    Webhook.received_at,
    Webhook.body,
)
