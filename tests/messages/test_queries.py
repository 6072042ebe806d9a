"""The outbox as the panel and the interface read it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from crm import db
from crm.errors import NotFound
from crm.messages import dispatch, queries
from crm.messages.queries import MessageFilter
from tests.factories import NOW
from tests.messages.making import make_message, make_shop, read

ALL = MessageFilter()


def test_messages_come_newest_first_in_pages_within_the_stores_walls(session: Session) -> None:
    shop, other = make_shop(session), make_shop(session)
    buyer = shop.buyer(session)
    made = [make_message(session, buyer, campaign_id=7) for _ in range(5)]
    foreign = make_message(session, other.buyer(session))
    newest = [message.id for message in reversed(made)]
    mine = [shop.store.id]
    first = queries.list_messages(session, mine, ALL, None, 3)
    rest = queries.list_messages(session, mine, ALL, first[-1].id, 3)
    assert [message.id for message in [*first, *rest]] == newest
    assert len(queries.list_messages(session, None, ALL, None, 50)) == 6
    with pytest.raises(NotFound):
        queries.get_message(session, mine, foreign.id)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (MessageFilter(campaign_id=7), 1),
        (MessageFilter(state="queued"), 2),
        (MessageFilter(state="uncertain"), 0),
    ],
)
def test_a_list_can_be_narrowed(session: Session, wanted: MessageFilter, count: int) -> None:
    buyer = make_shop(session).buyer(session)
    make_message(session, buyer, campaign_id=7)
    make_message(session, buyer, campaign_id=8)
    assert len(queries.list_messages(session, None, wanted, None, 50)) == count


def test_before_it_is_sent_a_message_reads_as_it_would_now(session: Session) -> None:
    buyer = make_shop(session).buyer(session)
    letter = queries.letter(session, make_message(session, buyer))
    assert letter is not None
    assert "Dear Ada Brew" in letter.html
    broken = make_message(session, buyer, content={"body": "{{ buyer.name | divided_by: 0 }}"})
    assert queries.letter(session, broken) is None


def test_once_sent_it_reads_as_it_was_sent(database: None) -> None:
    with db.session() as session:
        buyer = make_shop(session).buyer(session)
        message = make_message(session, buyer)
    dispatch.send_due(NOW)
    with db.session() as session:
        session.merge(buyer).first_name = "Renamed"
        letter = queries.letter(session, read(message))
        steps = [step.event for step in queries.list_deliveries(session, message)]
    assert letter is not None
    assert "Dear Ada Brew" in letter.html
    assert steps == ["claimed", "in_flight", "accepted"]


def test_the_outlook_counts_what_waits(session: Session) -> None:
    buyer = make_shop(session).buyer(session)
    make_message(session, buyer, not_before=NOW - timedelta(minutes=5))
    make_message(session, buyer)
    make_message(session, buyer, not_before=NOW + timedelta(days=1))
    make_message(session, buyer).state = "uncertain"
    make_message(session, buyer).state = "in_flight"
    make_message(session, buyer).state = "accepted"
    session.flush()
    outlook = queries.outlook(session, [buyer.store_id], NOW)
    assert (outlook.due, outlook.later, outlook.underway, outlook.uncertain) == (2, 1, 1, 1)
    assert outlook.oldest_due_at == NOW - timedelta(minutes=5)
    assert queries.outlook(session, [], NOW).due == 0
