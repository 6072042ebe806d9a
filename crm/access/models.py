"""People who sign in, and the keys of programs."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, personal


class User(Base):
    """Somebody who signs in to the panel."""

    __tablename__ = "users"
    __table_args__ = (Index("uq_users_email", text("lower(email)"), unique=True),)

    id: Mapped[Key]
    email: Mapped[str] = personal("staff")
    name: Mapped[str | None] = personal("staff")
    password: Mapped[str]
    role: Mapped[str]
    store_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    active: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str | None]
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]


class ApiKey(Base):
    """A program's key: only its hash is kept."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("hash"),)

    id: Mapped[Key]
    name: Mapped[str]
    prefix: Mapped[str]
    hash: Mapped[str]
    role: Mapped[str]
    store_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class IdempotentAnswer(Base):
    """The first answer to a POST that carried an Idempotency-Key."""

    __tablename__ = "idempotent_answers"

    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[str | None]
    created_at: Mapped[datetime]
