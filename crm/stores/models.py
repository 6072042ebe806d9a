"""Tables of a connected store: its secrets, the apps beside it, what it asked of us."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, StoreKey, personal


class Store(Base):
    """A storefront that posts to us."""

    __tablename__ = "stores"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    platform: Mapped[str]
    currency: Mapped[str]
    timezone: Mapped[str]
    locale: Mapped[str] = mapped_column(default="en")
    country: Mapped[str | None]
    url: Mapped[str | None]
    api_url: Mapped[str | None]
    api_key_sealed: Mapped[str | None]
    api_secret_sealed: Mapped[str | None]
    public_key: Mapped[str | None]
    jwks_url: Mapped[str | None]
    # What the platform lets a shop choose, such as the name of its birthday field.
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class StoreApp(Base):
    """An app beside the storefront that posts to us as well, such as one for reviews."""

    __tablename__ = "store_apps"

    store_id: Mapped[StoreKey]
    platform: Mapped[str] = mapped_column(primary_key=True)
    api_url: Mapped[str | None]
    api_key_sealed: Mapped[str | None]
    api_secret_sealed: Mapped[str | None]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class StoreLookup(Base):
    """A thing of which only the name came; it waits to be read in the storefront."""

    __tablename__ = "store_lookups"
    __table_args__ = (Index("ix_store_lookups_due", "not_before"),)

    store_id: Mapped[StoreKey]
    platform: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    # Grows with each new mention, so that one which came while we were reading is not lost.
    mentions: Mapped[int] = mapped_column(default=1)
    tries: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    error: Mapped[str | None]


class PrivacyRequest(Base):
    """A privacy request a platform passed on, until it is answered."""

    __tablename__ = "privacy_requests"
    __table_args__ = (
        UniqueConstraint("store_id", "kind", "request_id"),
        Index(
            "ix_privacy_requests_open",
            "store_id",
            "due_at",
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    kind: Mapped[str]
    request_id: Mapped[str]
    external_id: Mapped[str | None]
    email: Mapped[str | None] = personal("contact")
    phone: Mapped[str | None] = personal("contact")
    orders: Mapped[list[Any]] = mapped_column(default=list)
    requested_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]


class StoreSecret(Base):
    """A webhook secret; two may live side by side while one is rotated out."""

    __tablename__ = "store_secrets"

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    platform: Mapped[str]
    sealed: Mapped[str]
    created_at: Mapped[datetime]
    not_after: Mapped[datetime | None]
