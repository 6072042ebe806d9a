"""People who sign in: made, recognised by their password, and given a new one."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from crm.access.models import User
from crm.access.roles import Actor, check_role
from crm.errors import Conflict, Rejected
from crm.i18n import gettext as _

# OWASP's argon2id setting for a small server: 19 MiB, two passes.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_SHORTEST, _LONGEST = 8, 256
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,189}")
_FIRST_OWNER_LOCK = 0x63726D01


@dataclass(frozen=True)
class NewUser:
    """Somebody to be let in; `store_ids` None reaches every store."""

    email: str
    role: str
    password: str
    store_ids: Sequence[int] | None = None
    name: str | None = None


def add_user(session: Session, new: NewUser, now: datetime) -> User:
    """Let somebody in. Raises Rejected with errors by field, Conflict for a known address."""
    check_role(new.role)
    _check_password_rules(new.password)
    email = _read_email(new.email.strip())
    if find_user(session, email) is not None:
        raise Conflict(_("Somebody signs in with this address already."))
    user = User(
        email=email,
        name=new.name,
        password=_HASHER.hash(new.password),
        role=new.role,
        store_ids=None if new.store_ids is None else sorted(set(new.store_ids)),
        fs_uniquifier=secrets.token_hex(16),
        created_at=now,
    )
    session.add(user)
    session.flush()
    return user


def add_first_owner(session: Session, email: str, password: str, now: datetime) -> User:
    """Make the owner at the first visit. Raises Conflict once there is anybody."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _FIRST_OWNER_LOCK})
    if has_users(session):
        raise Conflict(_("There is an owner already; ask them to let you in."))
    return add_user(session, NewUser(email, "owner", password), now)


def has_users(session: Session) -> bool:
    """Tell whether anybody can sign in."""
    return session.scalar(select(User.id).limit(1)) is not None


def check_password(session: Session, email: str, password: str, now: datetime) -> User | None:
    """Recognise somebody by address and password; an unknown address takes as long as a known."""
    user = find_user(session, email)
    if not _matches(user.password if user else _nobody(), password):
        return None
    if user is None or not user.active:
        return None
    if _HASHER.check_needs_rehash(user.password):
        user.password = _HASHER.hash(password)
    user.last_login_at = now
    return user


def _matches(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password[:_LONGEST])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_hex(16))


def set_password(session: Session, user: User, password: str) -> None:
    """Give somebody a new password; every session opened with the old one ends."""
    _check_password_rules(password)
    user.password = _HASHER.hash(password)
    user.fs_uniquifier = secrets.token_hex(16)
    session.flush()


def end_sessions(session: Session, user: User) -> None:
    """End every session of somebody, as signing out everywhere does."""
    user.fs_uniquifier = secrets.token_hex(16)
    session.flush()


def find_user(session: Session, email: str) -> User | None:
    """Find somebody by address, whatever its case."""
    if "\0" in email:
        return None
    return session.scalar(select(User).where(func.lower(User.email) == email.strip().lower()))


def find_session_user(session: Session, uniquifier: str) -> User | None:
    """Find the active user a signed session belongs to."""
    return session.scalar(select(User).where(User.fs_uniquifier == uniquifier, User.active))


def list_users(session: Session) -> list[User]:
    """List everybody who may sign in, by address."""
    return list(session.scalars(select(User).order_by(func.lower(User.email))))


def actor_of(user: User) -> Actor:
    """Give the actor a signed-in user is."""
    stores = None if user.store_ids is None else tuple(user.store_ids)
    return Actor(user.name or user.email, user.role, stores, "user", user.id)


def _check_password_rules(password: str) -> None:
    if not _SHORTEST <= len(password) <= _LONGEST:
        wanted = _("Use %(few)s to %(many)s characters.", few=_SHORTEST, many=_LONGEST)
        raise Rejected(_("This password cannot be used."), {"password": wanted})


def _read_email(email: str) -> str:
    """Check the form only: in a private network people sign in as owner@shop.local."""
    if not _EMAIL.fullmatch(email) or not email.isprintable():
        wanted = _("Write an address such as ada@example.com.")
        raise Rejected(_("This is not an email address."), {"email": wanted})
    return email
