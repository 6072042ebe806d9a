"""What a person may do about a message nobody knows the fate of."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm import db
from crm.errors import Conflict, Rejected
from crm.gates.models import CapSlot
from crm.messages import dispatch
from crm.messages.models import Message
from crm.messages.resolve import resolve
from crm.messages.sending.backoff import Breaker
from tests.factories import NOW
from tests.fakes.smtp import MailServer
from tests.messages.making import events, make_message, make_shop, read

CAP = {"name": "week", "limit": 1, "days": 7, "channel": None, "counts": "promotions"}


@pytest.fixture
def doubtful(database: None) -> Message:
    """An uncertain message that holds its place under the cap."""
    with db.session() as session:
        shop = make_shop(session)
        shop.store.settings = {**shop.store.settings, "frequency_caps": [CAP]}
        message = make_message(session, shop.buyer(session))
    dispatch.send_due(NOW)
    with db.session() as session:
        session.get_one(Message, (message.store_id, message.id)).state = "uncertain"
    return read(message)


def settle(message: Message, outcome: str) -> Message:
    with db.session() as session:
        return resolve(session, message, outcome, NOW)


def slots() -> int:
    with db.session() as session:
        return session.scalar(select(func.count()).select_from(CapSlot)) or 0


def test_one_that_arrived_is_delivered_and_keeps_its_place(doubtful: Message) -> None:
    assert settle(doubtful, "delivered").state == "delivered"
    assert slots() == 1
    assert events(doubtful)[-1] == "delivered"


def test_one_that_did_not_gives_its_place_back(doubtful: Message) -> None:
    assert settle(doubtful, "not_delivered").state == "refused"
    assert slots() == 0


def test_one_may_be_sent_again_and_is_sent_once(
    doubtful: Message, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "_breaker", Breaker())
    assert settle(doubtful, "resend").state == "queued"
    dispatch.send_due(NOW)
    dispatch.send_due(NOW)
    assert len(smtp.messages) == 1
    assert read(doubtful).state == "accepted"
    assert slots() == 1


def test_one_whose_time_is_over_cannot_be_sent_again(doubtful: Message) -> None:
    with db.session() as session, pytest.raises(Conflict):
        resolve(session, doubtful, "resend", NOW + timedelta(days=5))


def test_only_doubt_can_be_ended(doubtful: Message) -> None:
    settle(doubtful, "delivered")
    with pytest.raises(Conflict):
        settle(doubtful, "not_delivered")


def test_another_word_is_refused_by_its_field(doubtful: Message) -> None:
    with pytest.raises(Rejected) as refusal:
        settle(doubtful, "maybe")
    assert "outcome" in refusal.value.errors
