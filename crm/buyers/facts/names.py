"""The names a person can be known by: external id, e-mail address, phone number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from crm.buyers import zones
from crm.buyers.facts import ahead
from crm.buyers.facts.addresses import normalise_email, normalise_phone
from crm.buyers.facts.locks import Name, remember_locked
from crm.buyers.models import Buyer, Identity
from crm.events import Person
from crm.stores.models import Store


@dataclass(frozen=True, slots=True)
class Names:
    """The names a person can be known by, normalised; None where none was said."""

    external: str | None
    email: str | None
    phone: str | None

    @property
    def strong(self) -> list[Name]:
        """The names that prove who it is."""
        pairs = (("external", self.external), ("email", self.email))
        return [(kind, value) for kind, value in pairs if value]

    @property
    def all(self) -> list[Name]:
        """Every name."""
        return [*self.strong, *([("phone", self.phone)] if self.phone else [])]

    @property
    def only_phone(self) -> str | None:
        """The phone, when nothing else tells who it is."""
        return None if self.strong else self.phone


def names_of(person: Person | None, store: Store) -> Names:
    """Normalise the names of a person; a national phone is read by her country, then ours."""
    if person is None:
        return Names(None, None, None)
    return _names_of(person, zones.store_country(store))


# A fact asks for its buyer's names at several places, and a batch for those of all its facts.
@lru_cache(maxsize=1024)
def _names_of(person: Person, country: str | None) -> Names:
    return Names(
        person.external_id or None,
        normalise_email(person.email),
        normalise_phone(person.phone, person.country, country),
    )


def lookup(store_id: int, names: Sequence[Name]) -> Select[Identity]:
    """Select the identities of the names."""
    return select(Identity).where(
        Identity.store_id == store_id, tuple_(Identity.kind, Identity.value).in_(names)
    )


def lock_known(
    session: Session, store_id: int, names: Sequence[Name]
) -> tuple[dict[str, Identity], dict[int, Buyer]]:
    """Read the identities of a person by kind, and lock the buyers they belong to, by id."""
    read = ahead.find(session)
    if read and all(name in read.identities for name in names):
        known = [identity for name in names if (identity := read.identities[name])]
        owners = {identity.buyer_id: read.buyers[identity.buyer_id] for identity in known}
        return {identity.kind: identity for identity in known}, owners
    query = (
        lookup(store_id, names)
        .join(Buyer, (Buyer.store_id == Identity.store_id) & (Buyer.id == Identity.buyer_id))
        .add_columns(Buyer)
        .order_by(Buyer.id)
        .with_for_update(of=Buyer)
        .execution_options(populate_existing=True)
    )
    rows = session.execute(query).all()
    buyers = {buyer.id: buyer for _, buyer in rows}
    remember_locked(session, list(buyers.values()))
    return {identity.kind: identity for identity, _ in rows}, buyers


def find_owners(session: Session, store_id: int, names: Iterable[Name]) -> set[int]:
    """Find the ids of the buyers known by any of the names."""
    return {row.buyer_id for row in session.scalars(lookup(store_id, list(names)))}
