"""A campaign that is paused or cancelled stops at once, whatever is under way at that moment."""

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm import db
from crm.campaigns import lifecycle, run
from crm.campaigns.deliberate import Bench
from crm.campaigns.ledger import cancel_decisions
from crm.campaigns.models import Campaign, Decision
from crm.errors import Conflict
from crm.gates import caps
from crm.gates.models import CapSlot
from crm.messages import dispatch
from crm.messages.models import Message
from crm.messages.sending.backoff import Breaker
from crm.stores.models import Store
from tests.campaigns.conftest import Started, agreed
from tests.factories import NOW
from tests.fakes.smtp import MailServer

Turn = Callable[[Session, Campaign, datetime], Campaign]


@pytest.fixture(autouse=True)
def _breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_breaker", Breaker())


@pytest.fixture
def campaign(shop: Store, started: Started) -> Campaign:
    """A running campaign whose one message is due."""
    with db.session() as session:
        agreed(session, shop)
    begun = started()
    run.run_due(NOW)
    return begun


def turn(verb: Turn, campaign: Campaign) -> str:
    with db.session() as session:
        verb(session, session.get_one(Campaign, (campaign.store_id, campaign.id)), NOW)
    return ""


def message() -> Message:
    with db.session() as session:
        return session.scalars(select(Message)).one()


def verdict() -> tuple[str, str | None]:
    with db.session() as session:
        row = session.scalars(select(Decision)).one()
        return row.outcome, row.reason


def slots() -> int:
    with db.session() as session:
        return session.scalar(select(func.count()).select_from(CapSlot)) or 0


def send_again() -> None:
    with db.session() as session:
        session.execute(update(Message).values(retry_at=None))
    dispatch.send_due(NOW)


def test_a_cancelled_campaign_does_not_send_what_was_claimed_before(
    campaign: Campaign, smtp: MailServer
) -> None:
    smtp.script.append(("RCPT", lambda: turn(lifecycle.cancel, campaign)))
    dispatch.send_due(NOW)
    send_again()
    assert smtp.messages == []
    assert (message().state, message().reason) == ("cancelled", "cancelled")
    assert verdict() == ("skipped", "cancelled")
    assert slots() == 0


def test_a_paused_campaign_keeps_what_was_claimed_before_until_it_is_resumed(
    campaign: Campaign, smtp: MailServer
) -> None:
    smtp.script.append(("RCPT", lambda: turn(lifecycle.pause, campaign)))
    dispatch.send_due(NOW)
    send_again()
    assert smtp.messages == []
    assert (message().state, message().reason) == ("deferred", "paused")
    turn(lifecycle.resume, campaign)
    send_again()
    assert message().state == "accepted"


def test_what_the_server_put_off_is_not_tried_again_after_the_campaign_was_cancelled(
    campaign: Campaign, smtp: MailServer
) -> None:
    smtp.script.append(("DATA", lambda: turn(lifecycle.cancel, campaign) or "451 4.2.0 later"))
    dispatch.send_due(NOW)
    assert message().state == "deferred"
    send_again()
    assert smtp.messages == []
    assert (message().state, verdict()) == ("cancelled", ("skipped", "cancelled"))


def test_a_cancel_waits_for_the_batch_that_is_decided_and_stops_it_too(
    shop: Store, started: Started
) -> None:
    with db.session() as session:
        agreed(session, shop)
    campaign = started()
    cancelling = threading.Thread(target=turn, args=(lifecycle.cancel, campaign))

    def decide(session: Session, bench: Bench, now: datetime) -> int:
        cancelling.start()
        cancelling.join(0.5)
        return run._decide_new(session, bench, now)

    run._in_turn(campaign.store_id, campaign.id, decide, NOW)
    cancelling.join()
    assert (message().state, verdict()) == ("cancelled", ("skipped", "cancelled"))


def test_only_one_of_two_who_end_a_campaign_at_once_ends_it(campaign: Campaign) -> None:
    conflicts: list[Conflict] = []

    def cancel_as_well() -> None:
        with pytest.raises(Conflict) as no:
            turn(lifecycle.cancel, campaign)
        conflicts.append(no.value)

    with db.session() as session:
        mine = session.get_one(Campaign, (campaign.store_id, campaign.id))
        other = threading.Thread(target=cancel_as_well)
        lifecycle.cancel(session, mine, NOW)
        other.start()
        other.join(0.3)
    other.join()
    assert len(conflicts) == 1


def test_a_campaign_of_more_messages_than_a_statement_takes_values_can_be_cancelled(
    campaign: Campaign,
) -> None:
    many = range(1, 70_000)
    with db.session() as session:
        store_id, mine = campaign.store_id, message().id
        caps.release(session, store_id, many)
        assert session.scalar(select(func.count()).select_from(CapSlot)) == 0
        held = session.get_one(Campaign, (store_id, campaign.id))
        cancel_decisions(session, held, many, NOW)
    assert mine in many
    assert verdict() == ("skipped", "cancelled")
