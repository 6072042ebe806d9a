"""Tables of a connected store and its webhook secrets."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Key, StoreKey


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


class StoreSecret(Base):
    """A webhook secret; two may live side by side while one is rotated out."""

    __tablename__ = "store_secrets"

    store_id: Mapped[StoreKey]
    id: Mapped[Key]
    sealed: Mapped[str]
    created_at: Mapped[datetime]
    not_after: Mapped[datetime | None]
