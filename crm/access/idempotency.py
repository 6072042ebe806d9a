"""The first answer to a POST, kept for a day so that a repeat gets the same one."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from crm import signing
from crm.access.models import IdempotentAnswer
from crm.errors import Conflict, Rejected
from crm.i18n import gettext as _

_KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Once:
    """One POST of one program; `fingerprint` is what the same key must come with again."""

    api_key_id: int
    key: str
    fingerprint: str


@dataclass(frozen=True)
class KeptAnswer:
    """What was answered the first time."""

    status: int
    body: str


def fingerprint(method: str, path: str, body: bytes) -> str:
    """Digest a request so that the same key with another one is noticed."""
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


def find_answer(session: Session, once: Once, real_now: datetime) -> KeptAnswer | None:
    """Find the kept answer, holding the key until the transaction ends.

    Raises Conflict while the first request still runs, Rejected when it asked something else.
    """
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _lock(once)}):
        raise Conflict(_("The first request with this Idempotency-Key still runs; try again soon."))
    _forget_old(session, once, real_now)
    kept = session.get(IdempotentAnswer, (once.api_key_id, once.key))
    if kept is None:
        return None
    if kept.fingerprint != once.fingerprint:
        reason = _("This Idempotency-Key came with another request before.")
        raise Rejected(reason, {"Idempotency-Key": _("Use a new key for a new request.")})
    return KeptAnswer(kept.status or 200, signing.unseal(kept.body or ""))


def keep_answer(session: Session, once: Once, answer: KeptAnswer, real_now: datetime) -> None:
    """Keep the answer, sealed: it may carry a secret that is shown once, or personal data."""
    session.add(
        IdempotentAnswer(
            api_key_id=once.api_key_id,
            key=once.key,
            fingerprint=once.fingerprint,
            status=answer.status,
            body=signing.seal(answer.body),
            created_at=real_now,
        )
    )
    session.flush()


def _lock(once: Once) -> int:
    name = json.dumps([once.api_key_id, once.key]).encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)


def _forget_old(session: Session, once: Once, real_now: datetime) -> None:
    session.execute(
        delete(IdempotentAnswer).where(
            IdempotentAnswer.api_key_id == once.api_key_id,
            IdempotentAnswer.created_at < real_now - _KEPT,
        )
    )
