"""What the door knows of each store, kept in the process so that it opens without the database."""

from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import db
from crm.errors import NotFound
from crm.signing import unseal
from crm.storefronts import Secrets, Storefront, get_storefront
from crm.stores.models import StoreSecret
from crm.stores.queries import get_store
from crm.webhooks.away import AWAY

# A store's credentials are looked up anew after this long; a bad signature looks at once.
_FRESH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Door:
    """A store as its webhooks meet it; each secret with the instant it ends, if any."""

    store_id: int
    platform: Storefront
    turning: tuple[tuple[str, datetime | None], ...] = field(repr=False)
    public_key: str | None
    jwks_url: str | None
    read_at: float

    def secrets(self, now: datetime) -> Secrets:
        """Give the secrets that count now."""
        live = tuple(text for text, ends_at in self.turning if ends_at is None or ends_at > now)
        return Secrets(live, self.public_key, self.jwks_url)


_doors: dict[str, Door] = {}


def find_door(slug: str) -> Door:
    """Find a store's door: the one known for a moment, else the database's word.

    While the database is away an older one serves. Raises NotFound for an unknown store, and the
    database's own error when the store was never seen here.
    """
    known = _doors.get(slug)
    if known and monotonic() - known.read_at < _FRESH_SECONDS:
        return known
    try:
        return look_again(slug)
    except AWAY:
        if known is None:
            raise
        return known


def look_again(slug: str) -> Door:
    """Read a store's door from the database."""
    try:
        with db.session() as session:
            door = _read(session, slug)
    except NotFound:
        _doors.pop(slug, None)
        raise
    _doors[slug] = door
    return door


def forget() -> None:
    """Forget every door."""
    _doors.clear()


def _read(session: Session, slug: str) -> Door:
    store = get_store(session, slug)
    rows = session.execute(
        select(StoreSecret.sealed, StoreSecret.not_after)
        .where(StoreSecret.store_id == store.id)
        .order_by(StoreSecret.id.desc())
    )
    return Door(
        store_id=store.id,
        platform=get_storefront(store.platform),
        turning=tuple((unseal(sealed), not_after) for sealed, not_after in rows),
        public_key=store.public_key,
        jwks_url=store.jwks_url,
        read_at=monotonic(),
    )
