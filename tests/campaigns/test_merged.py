"""One person gets one campaign once, also when it only turns out later that two were one."""

from datetime import timedelta

from sqlalchemy import func, select

from crm import db
from crm.buyers.merge import merge
from crm.campaigns import run
from crm.campaigns.models import Decision
from crm.gates.models import CapSlot
from crm.messages import dispatch
from crm.messages.models import Message
from crm.stores.models import Store
from tests.campaigns.conftest import Started, agreed
from tests.factories import NOW


def test_a_survivor_who_still_waits_is_told_that_the_other_got_it(
    shop: Store, started: Started
) -> None:
    with db.session() as session:
        asleep = agreed(session, shop, timezone="Asia/Tokyo")
        awake = agreed(session, shop, timezone="Europe/Berlin")
    noon_in_berlin = NOW + timedelta(hours=4)
    started(now=noon_in_berlin)
    run.run_due(noon_in_berlin)
    dispatch.send_due(noon_in_berlin)
    with db.session() as session:
        store = session.get_one(Store, shop.id)
        merge(session, store, (asleep.id, awake.id), "seller", NOW)
    morning = NOW + timedelta(days=1)
    run.run_due(morning)
    dispatch.send_due(morning)
    with db.session() as session:
        mine = select(Decision).where(Decision.buyer_id == asleep.id)
        decision = session.scalars(mine).one()
        (message,) = session.scalars(select(Message))
        slots = session.scalar(select(func.count()).select_from(CapSlot))
    assert (decision.outcome, decision.reason) == ("skipped", "already_sent")
    assert (decision.message_id, message.buyer_id, slots) == (None, asleep.id, 1)
