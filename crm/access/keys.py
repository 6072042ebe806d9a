"""The keys of programs: shown once, kept as a hash, recognised at every request."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.access.models import ApiKey
from crm.access.roles import Actor, check_role
from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _

# A key's last use is written at most this often, so that reading stays reading.
_USE_NOTED_EVERY = timedelta(minutes=5)


def make_key(
    session: Session, name: str, role: str, store_ids: Sequence[int] | None, now: datetime
) -> tuple[ApiKey, str]:
    """Make a key and give it with its plain text, which cannot be read again."""
    check_role(role)
    if not name.strip():
        raise Rejected(_("A key needs a name."), {"name": _("Say which program uses the key.")})
    prefix = secrets.token_hex(4)
    plain = f"rk_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        name=name.strip(),
        prefix=prefix,
        hash=_hash(plain),
        role=role,
        store_ids=None if store_ids is None else sorted(set(store_ids)),
        created_at=now,
    )
    session.add(key)
    session.flush()
    return key, plain


def find_actor_by_key(session: Session, plain: str, now: datetime) -> Actor | None:
    """Recognise the program that presents a key; None for an unknown or revoked one."""
    key = session.scalar(select(ApiKey).where(ApiKey.hash == _hash(plain)))
    if key is None or key.revoked_at is not None:
        return None
    if key.last_used_at is None or abs(now - key.last_used_at) >= _USE_NOTED_EVERY:
        key.last_used_at = now
    stores = None if key.store_ids is None else tuple(key.store_ids)
    return Actor(f"key {key.name}", key.role, stores, "key", key.id)


def revoke_key(session: Session, key_id: int, now: datetime) -> ApiKey:
    """Turn a key off for good. Raises NotFound."""
    key = session.get(ApiKey, key_id)
    if key is None:
        raise NotFound(_("There is no such key."))
    key.revoked_at = key.revoked_at or now
    return key


def list_keys(session: Session) -> list[ApiKey]:
    """List every key, newest first."""
    return list(session.scalars(select(ApiKey).order_by(ApiKey.id.desc())))


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
