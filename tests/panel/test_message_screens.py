"""The outbox viewer: letters as they were written, and the end of a doubt."""

import pytest

from crm import db, ingest
from crm.campaigns import lifecycle, run
from crm.campaigns.write import create_campaign
from crm.messages import dispatch
from crm.messages.models import Message
from crm.stores.models import Store
from tests.factories import NOW, consent_event
from tests.panel.conftest import Reader

MESSAGE = {"subject": "Hello {{ buyer.first_name }}", "body": "<p>New tea</p>"}


@pytest.fixture
def sent(store: Store) -> Message:
    """A message that went to the local outbox."""
    with db.session() as session:
        home = session.merge(store)
        agreed = consent_event(status="granted", proof="her form")
        ingest.apply(session, home, agreed, live=True, now=NOW)
        asks = {"name": "Harvest", "kind": "promotion", "message": MESSAGE}
        campaign = create_campaign(session, home, asks, NOW)
        lifecycle.start(session, home, campaign, NOW)
    run.run_due(NOW)
    dispatch.send_due(NOW)
    with db.session() as session:
        return session.query(Message).one()


def doubt(sent: Message) -> None:
    with db.session() as session:
        session.merge(sent).state = "uncertain"


def state(sent: Message) -> str:
    with db.session() as session:
        return session.get_one(Message, (sent.store_id, sent.id)).state


def test_a_message_is_shown_as_it_was_written_with_its_steps(owner: Reader, sent: Message) -> None:
    page = owner.get(f"/messages/{sent.id}")
    assert "Hello Ada" in page.words
    assert "Nothing stood against it." in page.words
    assert "Harvest" in page.words
    letter = owner.client.get(f"/messages/{sent.id}/letter")
    assert "New tea" in letter.text
    assert "sandbox" in letter.headers["Content-Security-Policy"]


def test_messages_are_narrowed_by_state_buyer_and_campaign(owner: Reader, sent: Message) -> None:
    for query in ("state=accepted", f"buyer={sent.buyer_id}", f"campaign={sent.campaign_id}"):
        assert "Hello Ada" in owner.get(f"/messages?{query}").words
    for query in ("state=bounced", "buyer=99", "campaign=99"):
        assert "No messages here" in owner.get(f"/messages?{query}").words


@pytest.mark.parametrize(
    ("outcome", "after"),
    [("delivered", "delivered"), ("not_delivered", "refused"), ("resend", "queued")],
)
def test_a_person_ends_the_doubt(owner: Reader, sent: Message, outcome: str, after: str) -> None:
    doubt(sent)
    assert "1 message may or may not have arrived" in owner.get("/").words
    assert "it may or may not have arrived" in owner.get(f"/messages/{sent.id}").words
    owner.post(f"/messages/{sent.id}/resolve", outcome=outcome)
    assert state(sent) == after


def test_what_is_certain_cannot_be_resolved(owner: Reader, sent: Message) -> None:
    owner.post(f"/messages/{sent.id}/resolve", outcome="delivered")
    assert "Only an uncertain message can be resolved" in owner.notices()
    doubt(sent)
    owner.post(f"/messages/{sent.id}/resolve", outcome="perhaps")
    assert "There is no such outcome." in owner.notices()
    assert state(sent) == "uncertain"
