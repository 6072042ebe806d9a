"""What the door knows of each store, kept so that it opens without the database."""

from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import clock, db
from crm.errors import NotFound
from crm.signing import unseal
from crm.storefronts import Secrets, Storefront, get_storefront
from crm.stores.apps import get_app
from crm.stores.models import StoreSecret
from crm.stores.queries import get_store
from crm.webhooks import keyring
from crm.webhooks.keyring import Entry
from crm.webhooks.patience import Away, asking

# A store's credentials are looked up anew after this long; a bad signature looks at once.
_FRESH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Door:
    """A store as its webhooks meet it; each secret with the instant it ends, if any."""

    store_id: int
    key: str
    is_app: bool
    platform: Storefront
    turning: tuple[tuple[str, datetime | None], ...] = field(repr=False)
    public_key: str | None
    jwks_url: str | None
    read_at: float

    def secrets(self, now: datetime) -> Secrets:
        """Give the secrets that count now."""
        live = tuple(text for text, ends_at in self.turning if ends_at is None or ends_at > now)
        return Secrets(live, self.public_key, self.jwks_url)


# A store's slug, and the key of an app beside it; None for the storefront itself.
Address = tuple[str, str | None]
_doors: dict[Address, Door] = {}


def find_door(address: Address) -> Door:
    """Find a store's door: the one known for a moment, else the database's word.

    While the database is away an older one serves, from memory or from the disk. Raises NotFound
    for an unknown store, Away when the store was not seen here within a day.
    """
    known = _doors.get(address)
    if known and monotonic() - known.read_at < _FRESH_SECONDS:
        return known
    try:
        return look_again(address)
    except Away:
        if known is None and (known := _find_kept(address)):
            _doors[address] = known
        if known is None:
            raise
        return known


def look_everywhere(address: Address) -> Door:
    """Read a store's door from the database or, while that is away, as a neighbour kept it.

    Raises NotFound or Away.
    """
    try:
        return look_again(address)
    except Away:
        kept = _find_kept(address)
        if kept is None:
            raise
        return kept


def look_again(address: Address) -> Door:
    """Read a store's door from the database. Raises NotFound or Away."""
    name = _name(address)
    try:
        with asking(), db.session() as session:
            entry = _read(session, *address)
    except NotFound:
        _doors.pop(address, None)
        keyring.drop(name)
        raise
    keyring.keep(name, entry, clock.real_now())
    door = _doors[address] = _door(entry)
    return door


def forget() -> None:
    """Forget every door, as a new process has."""
    _doors.clear()
    keyring.forget()


def _find_kept(address: Address) -> Door | None:
    entry = keyring.find(_name(address), clock.real_now())
    return _door(entry) if entry else None


def _name(address: Address) -> str:
    return ".".join(filter(None, address))


def _read(session: Session, slug: str, app: str | None) -> Entry:
    store = get_store(session, slug)
    key = store.platform if app is None else get_app(session, store, app).platform
    rows = session.execute(
        select(StoreSecret.sealed, StoreSecret.not_after)
        .where(StoreSecret.store_id == store.id, StoreSecret.platform == key)
        .order_by(StoreSecret.id.desc())
    )
    return Entry(
        store_id=store.id,
        key=key,
        is_app=app is not None,
        sealed=tuple((text, ends_at.isoformat() if ends_at else None) for text, ends_at in rows),
        public_key=store.public_key,
        jwks_url=store.jwks_url or _published_keys(store.api_url),
    )


def _door(entry: Entry) -> Door:
    return Door(
        store_id=entry.store_id,
        key=entry.key,
        is_app=entry.is_app,
        platform=get_storefront(entry.key),
        turning=tuple(
            (unseal(sealed), datetime.fromisoformat(ends_at) if ends_at else None)
            for sealed, ends_at in entry.sealed
        ),
        public_key=entry.public_key,
        jwks_url=entry.jwks_url,
        read_at=monotonic(),
    )


def _published_keys(api_url: str | None) -> str | None:
    """Find a storefront's keys where it publishes them by custom (RFC 8615, RFC 7517)."""
    parts = urlsplit(api_url or "")
    return f"{parts.scheme}://{parts.netloc}/.well-known/jwks.json" if parts.netloc else None
