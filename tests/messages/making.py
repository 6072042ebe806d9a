"""Makers of messages for tests: due now, to a buyer who agreed, any part may be given."""

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import db
from crm.buyers.consent import Decision, record_consent
from crm.buyers.models import Buyer
from crm.messages import outbox
from crm.messages.models import Delivery, Message
from crm.messages.outbox import NewMessage
from crm.signing import address_hash
from crm.stores.models import Store
from tests.factories import NOW, make_buyer, make_store

CONTENT = {
    "subject": "Tea for {{ buyer.first_name }}",
    "preheader": "A quiet cup",
    "body": '<p>Dear {{ buyer.name }}, <a href="https://tea.example.test/new">new tea</a></p>',
    "format": "html",
    "campaign": "New tea",
    "topic": "offers",
    "locale": "en",
}
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Shop:
    """A store whose sender is set."""

    store: Store

    def buyer(self, session: Session, *, agreed: bool = True, **changes: Any) -> Buyer:
        """Add a buyer who agreed to e-mail."""
        buyer = make_buyer(session, self.store, **changes)
        if agreed:
            said = Decision("email", "granted", "form", NOW, own_act=True, proof="signed up")
            record_consent(session, self.store, buyer, said, NOW)
        return buyer


def make_shop(session: Session, **changes: Any) -> Shop:
    """Add a tea shop that has set up its sender."""
    sender = {
        "name": "Tea House",
        "email": "hello@tea.example.test",
        "postal_address": "Teestraße 1, 10115 Berlin",
    }
    return Shop(make_store(session, **{"settings": {"sender": sender}, **changes}))


def new_message(buyer: Buyer, **changes: Any) -> NewMessage:
    """Describe a promotion for a buyer that is due at NOW and good for three days."""
    content = CONTENT | changes.pop("content", {})
    made = NewMessage(
        id=0,
        store_id=buyer.store_id,
        campaign_id=1,
        occurrence=f"once-{next(_numbers)}",
        buyer_id=buyer.id,
        order_id=None,
        coupon_id=None,
        kind="promotion",
        channel="email",
        message_class="marketing",
        recipient=address_hash("email", buyer.email or ""),
        priority=50,
        content=content,
        not_before=NOW,
        expires_at=NOW + timedelta(days=3),
        created_at=NOW,
    )
    return replace(made, **changes)


def make_message(session: Session, buyer: Buyer, **changes: Any) -> Message:
    """Queue a message."""
    made = replace(new_message(buyer, **changes), id=outbox.next_ids(session, 1)[0])
    outbox.add(session, [made])
    return session.get_one(Message, (made.store_id, made.id))


def queue_one(**changes: Any) -> Message:
    """Queue a message to a new buyer of a new shop, and commit."""
    with db.session() as session:
        return make_message(session, make_shop(session).buyer(session), **changes)


def read(message: Message) -> Message:
    """Read a message as it stands now."""
    with db.session() as session:
        return session.get_one(Message, (message.store_id, message.id))


def events(message: Message) -> list[str]:
    """List the steps a message took."""
    with db.session() as session:
        asked = (
            select(Delivery.event)
            .where(Delivery.store_id == message.store_id, Delivery.message_id == message.id)
            .order_by(Delivery.id)
        )
        return list(session.scalars(asked))
