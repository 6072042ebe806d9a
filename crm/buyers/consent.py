"""What a buyer allows: an append-only list of decisions and its fold for each channel.

A withdrawal always counts. A grant a storefront merely implies (`accepts_marketing`) counts only
for a buyer who never decided: after a withdrawal nothing but her own act, or a grant with proof,
can grant again, so no order sync, import or merge raises consent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm.buyers.facts import ahead
from crm.buyers.facts.addresses import normalise_email, normalise_phone
from crm.buyers.facts.locks import lock_buyers
from crm.buyers.models import Buyer, Consent, ConsentEvent, Suppression
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.signing import address_hash
from crm.stores.models import Store

CHANNELS = ("email", "sms")
STOREFRONT = "storefront"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one channel; `own_act` when the buyer herself made it here."""

    channel: str
    status: str  # granted | withdrawn
    source: str
    decided_at: datetime
    basis: str = "consent"
    proof: str | None = None
    own_act: bool = False
    actor: str = STOREFRONT

    @property
    def is_firm(self) -> bool:
        """Whether it can overrule an earlier decision."""
        return self.status == "withdrawn" or self.own_act or bool(self.proof)


@dataclass(frozen=True, slots=True)
class Block:
    """An address not to be written to; scope `marketing`, or `all` to stop notices as well."""

    channel: str
    address: str
    reason: str
    scope: str = "marketing"


def record_consent(
    session: Session, store: Store, buyer: Buyer, decision: Decision, now: datetime
) -> bool:
    """Record a decision; False when it changes nothing (told before, overruled, without proof)."""
    if decision.channel not in CHANNELS or decision.status not in ("granted", "withdrawn"):
        raise Rejected(_("A consent names a channel and is either granted or withdrawn."))
    row = _present(session, store.id, buyer, decision.channel)
    decided_at = _effective(row, decision)
    counts = _counts(row, decision, decided_at)
    if not counts and (not decision.is_firm or _is_told(session, buyer, decision)):
        return False
    session.add(_event(buyer, decision, decided_at, now))
    if counts:
        _fold(session, buyer, row, decision, decided_at)
    if counts and decision.is_firm and decision.status == "granted":
        _lift(session, buyer, decision.channel)
    if ahead.find(session) is None:
        session.flush()
    return counts


def consent_states(
    session: Session, store_id: int, buyer_ids: Iterable[int]
) -> dict[int, dict[str, Consent]]:
    """Read the present consents of buyers: buyer id → channel → consent."""
    rows = session.scalars(
        select(Consent).where(Consent.store_id == store_id, Consent.buyer_id.in_(list(buyer_ids)))
    )
    states: dict[int, dict[str, Consent]] = {}
    for row in rows:
        states.setdefault(row.buyer_id, {})[row.channel] = row
    return states


def suppress(session: Session, store_id: int, block: Block, now: datetime) -> bool:
    """Never write to an address again; True when that is new. `all` widens `marketing`."""
    values = {
        "store_id": store_id,
        "channel": block.channel,
        "address_hash": hash_of(block.channel, block.address),
        "scope": block.scope,
        "reason": block.reason,
        "created_at": now,
    }
    new = insert(Suppression).values(values)
    wider = new.on_conflict_do_update(
        index_elements=["store_id", "channel", "address_hash"],
        set_={"scope": block.scope, "reason": block.reason},
        where=(Suppression.scope != "all") & (new.excluded.scope == "all"),
    )
    return session.execute(wider.returning(Suppression.address_hash)).first() is not None


def is_suppressed(
    session: Session,
    store_id: int,
    channel: str,
    address: str,
    message_class: str = "marketing",
) -> bool:
    """Tell whether an address must not get a message of the class."""
    row = session.get(Suppression, (store_id, channel, hash_of(channel, address)))
    return row is not None and (row.scope == "all" or message_class == "marketing")


def hash_of(channel: str, address: str) -> str:
    """Hash an address, normalised first, as suppressions and caps know it."""
    normalise = normalise_email if channel == "email" else normalise_phone
    return address_hash(channel, normalise(address) or address.strip().lower())


def _present(session: Session, store_id: int, buyer: Buyer, channel: str) -> Consent | None:
    read = ahead.find(session)
    if read and ((buyer.id, channel) in read.consents or buyer in session.new):
        return read.consents.get((buyer.id, channel))
    lock_buyers(session, store_id, [buyer.id])
    return session.get(Consent, (store_id, buyer.id, channel))


def _effective(row: Consent | None, decision: Decision) -> datetime:
    """Order what was decided here after everything known: we saw it happen."""
    if row is None or decision.source == STOREFRONT:
        return decision.decided_at
    return max(decision.decided_at, row.decided_at)


def _counts(row: Consent | None, decision: Decision, decided_at: datetime) -> bool:
    if row is None:
        return True
    firm = row.own_act or row.status == "withdrawn"
    if not decision.is_firm:
        # The earliest implied grant is the one that is kept.
        return not firm and decided_at < row.decided_at
    if not firm:
        return True
    if decided_at == row.decided_at and decision.source != STOREFRONT:
        return decision.status != row.status or decision.own_act != row.own_act
    order = (decided_at, decision.status == "withdrawn")
    return order > (row.decided_at, row.status == "withdrawn")


def _is_told(session: Session, buyer: Buyer, decision: Decision) -> bool:
    return bool(
        session.scalar(
            select(
                select(ConsentEvent.id)
                .where(
                    ConsentEvent.store_id == buyer.store_id,
                    ConsentEvent.buyer_id == buyer.id,
                    ConsentEvent.channel == decision.channel,
                    ConsentEvent.status == decision.status,
                    ConsentEvent.source == decision.source,
                    ConsentEvent.decided_at == decision.decided_at,
                )
                .exists()
            )
        )
    )


def _event(buyer: Buyer, decision: Decision, decided_at: datetime, now: datetime) -> ConsentEvent:
    return ConsentEvent(
        store_id=buyer.store_id,
        buyer_id=buyer.id,
        channel=decision.channel,
        status=decision.status,
        basis=decision.basis,
        source=decision.source,
        proof=decision.proof,
        actor=decision.actor,
        decided_at=decided_at,
        recorded_at=now,
    )


def _fold(
    session: Session,
    buyer: Buyer,
    row: Consent | None,
    decision: Decision,
    decided_at: datetime,
) -> None:
    if row is None:
        row = Consent(store_id=buyer.store_id, buyer_id=buyer.id, channel=decision.channel)
        ahead.learn(session, row)
    row.status, row.basis, row.source = decision.status, decision.basis, decision.source
    row.decided_at, row.own_act = decided_at, decision.is_firm


def _lift(session: Session, buyer: Buyer, channel: str) -> None:
    address = buyer.email if channel == "email" else buyer.phone
    if address:
        session.execute(
            delete(Suppression).where(
                Suppression.store_id == buyer.store_id,
                Suppression.channel == channel,
                Suppression.address_hash == hash_of(channel, address),
                Suppression.reason == "withdrawn",
            )
        )
