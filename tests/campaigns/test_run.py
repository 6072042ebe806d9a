from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import db, instance
from crm.buyers.models import Buyer
from crm.campaigns import lifecycle, run
from crm.campaigns.models import Campaign, Decision, PastDecision
from crm.campaigns.queries import spare_segment
from crm.coupons.models import Coupon
from crm.errors import Conflict
from crm.gates.decide import decide_again
from crm.gates.models import CapSlot
from crm.messages.models import Message
from crm.segments.models import Segment
from crm.segments.queries import save_segment
from crm.stores.models import Store
from tests.campaigns.conftest import Started, agreed
from tests.factories import NOW, make_buyer

NIGHT = NOW + timedelta(hours=12)


def decisions(campaign: Campaign) -> list[Decision]:
    with db.session() as session:
        asked = select(Decision).where(Decision.campaign_id == campaign.id).order_by(Decision.id)
        return list(session.scalars(asked))


def outcomes(campaign: Campaign) -> Counter[tuple[str, str | None]]:
    return Counter((each.outcome, each.reason) for each in decisions(campaign))


def messages(**wanted: Any) -> list[Message]:
    with db.session() as session:
        return list(session.scalars(select(Message).filter_by(**wanted).order_by(Message.id)))


def state_of(campaign: Campaign) -> str:
    with db.session() as session:
        return now_of(session, campaign).state


def now_of(session: Session, campaign: Campaign) -> Campaign:
    return session.get_one(Campaign, (campaign.store_id, campaign.id))


def settle_all(state: str = "accepted") -> None:
    with db.session() as session:
        for message in session.scalars(select(Message)):
            message.state, message.accepted_at = state, NOW


def test_every_buyer_of_the_store_gets_one_decision(shop: Store, started: Started) -> None:
    with db.session() as session:
        agreed(session, shop)
        make_buyer(session, shop)
        agreed(session, shop, email=None)
        agreed(session, shop, open_cases=1)
        agreed(session, shop, erased_at=NOW)
    campaign = started()
    assert run.run_due(NOW) == 4
    assert outcomes(campaign) == {
        ("send", None): 1,
        ("skipped", "no_consent"): 1,
        ("skipped", "no_address"): 1,
        ("skipped", "open_case"): 1,
    }
    assert len(messages()) == 1


def test_a_second_run_decides_nothing_again(shop: Store, started: Started) -> None:
    with db.session() as session:
        agreed(session, shop)
    campaign = started()
    run.run_due(NOW)
    assert run.run_due(NOW) == 0
    assert len(decisions(campaign)) == len(messages()) == 1


def test_a_run_larger_than_a_batch_decides_everybody(
    shop: Store, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BATCH", 3)
    with db.session() as session:
        for _ in range(10):
            agreed(session, shop)
    campaign = started()
    assert run.run_due(NOW) == 10
    assert outcomes(campaign) == {("send", None): 10}


def test_verdicts_can_be_reached_again_from_what_the_ledger_keeps(
    shop: Store, started: Started
) -> None:
    with db.session() as session:
        agreed(session, shop, timezone="Asia/Shanghai")
        make_buyer(session, shop)
    campaign = started(now=NIGHT)
    run.run_due(NIGHT)
    for each in decisions(campaign):
        again = decide_again(each.facts)
        assert (again.outcome, again.reason, again.not_before) == (
            each.outcome,
            each.reason,
            each.not_before,
        )


def test_buyers_outside_the_audience_have_no_decision(shop: Store, started: Started) -> None:
    with db.session() as session:
        vip = agreed(session, shop, vip=True)
        agreed(session, shop)
    campaign = started(audience={"condition": "vip", "is": True})
    run.run_due(NOW)
    assert [each.buyer_id for each in decisions(campaign)] == [vip.id]


def test_an_audience_may_be_a_saved_segment(shop: Store, started: Started) -> None:
    with db.session() as session:
        vip = agreed(session, shop, vip=True)
        agreed(session, shop)
        segment = Segment(
            store_id=shop.id,
            name="VIPs",
            rule={"condition": "vip", "is": True},
            created_at=NOW,
            updated_at=NOW,
        )
        session.add(segment)
        session.flush()
    campaign = started(audience={"segment": str(segment.id)})
    run.run_due(NOW)
    assert [each.buyer_id for each in decisions(campaign)] == [vip.id]


def test_an_audience_may_use_a_saved_segment_among_other_conditions(
    shop: Store, started: Started
) -> None:
    with db.session() as session:
        best = agreed(session, shop, vip=True, orders_count=2, spent_minor=900, last_order_at=NOW)
        agreed(session, shop, vip=True)
        agreed(session, shop, orders_count=1, spent_minor=950, last_order_at=NOW)
        home = session.get_one(Store, shop.id)
        segment = save_segment(session, home, "VIPs", {"condition": "vip"}, NOW)
    # The best two hold one VIP.
    rule = {"all": [{"segment": str(segment.id)}, {"condition": "top_spenders", "count": 2}]}
    campaign = started(audience=rule)
    with db.session() as session, pytest.raises(Conflict):
        spare_segment(session, session.get_one(Segment, (shop.id, segment.id)))
    run.run_due(NOW)
    assert [each.buyer_id for each in decisions(campaign)] == [best.id]


def test_a_quiet_hour_defers_and_the_morning_sends(shop: Store, started: Started) -> None:
    with db.session() as session:
        agreed(session, shop)
    campaign = started(now=NIGHT)
    run.run_due(NIGHT)
    (asleep,) = decisions(campaign)
    assert (asleep.outcome, asleep.reason) == ("deferred", "quiet_hours")
    assert asleep.not_before is not None
    assert run.run_due(asleep.not_before - timedelta(seconds=1)) == 0
    assert run.run_due(asleep.not_before) == 1
    assert outcomes(campaign) == {("send", None): 1}
    with db.session() as session:
        past = session.scalars(select(PastDecision)).one()
    assert (past.outcome, past.reason) == ("deferred", "quiet_hours")


def test_the_third_promotion_waits_for_the_first_free_slot_and_lapses(
    shop: Store, started: Started
) -> None:
    with db.session() as session:
        agreed(session, shop)
    first, second, third = started(), started(), started()
    run.run_due(NOW)
    assert outcomes(first) == outcomes(second) == {("send", None): 1}
    (capped,) = decisions(third)
    assert (capped.outcome, capped.reason) == ("deferred", "frequency_cap")
    assert capped.not_before == NOW + timedelta(days=7)
    assert run.run_due(NOW + timedelta(hours=72)) == 1
    assert outcomes(third) == {("skipped", "expired"): 1}


def test_a_capped_promotion_that_may_wait_goes_out_when_the_slot_frees(
    shop: Store, started: Started
) -> None:
    with db.session() as session:
        agreed(session, shop)
    started(), started()
    third = started(expires_after_hours=24 * 10)
    run.run_due(NOW)
    run.run_due(NOW + timedelta(days=7))
    assert outcomes(third) == {("send", None): 1}


def test_a_campaign_that_drops_skips_capped_buyers_at_once(shop: Store, started: Started) -> None:
    with db.session() as session:
        agreed(session, shop)
    started(), started()
    third = started(when_capped="drop")
    run.run_due(NOW)
    assert outcomes(third) == {("skipped", "frequency_cap"): 1}


def test_the_more_important_campaign_gets_the_last_slot(shop: Store, started: Started) -> None:
    with db.session() as session:
        agreed(session, shop)
    started()
    minor, major = started(priority=10), started(priority=90)
    run.run_due(NOW)
    assert outcomes(major) == {("send", None): 1}
    assert outcomes(minor) == {("deferred", "frequency_cap"): 1}


def test_two_buyers_with_one_address_share_its_cap(shop: Store, started: Started) -> None:
    with db.session() as session:
        buyers = [agreed(session, shop) for _ in range(2)]
        for buyer in buyers:
            session.get_one(Buyer, (shop.id, buyer.id)).email = "shared@example.test"
    first, second = started(), started()
    run.run_due(NOW)
    sent = outcomes(first)[("send", None)] + outcomes(second)[("send", None)]
    assert sent == 2


def test_a_holdout_leaves_buyers_out_and_says_so(shop: Store, started: Started) -> None:
    with db.session() as session:
        for _ in range(40):
            agreed(session, shop)
    campaign = started(holdout_percent=50)
    run.run_due(NOW)
    found = outcomes(campaign)
    assert set(found) == {("send", None), ("held_out", "holdout")}
    assert 8 <= found[("held_out", "holdout")] <= 32


def test_an_offer_reserves_a_code_of_the_buyers_own(shop: Store, started: Started) -> None:
    with db.session() as session:
        agreed(session, shop)
        agreed(session, shop)
    started(offer={"percent": 20, "valid_days": 14})
    run.run_due(NOW)
    with db.session() as session:
        codes = {coupon.id: coupon.code for coupon in session.scalars(select(Coupon))}
    assert len(set(codes.values())) == 2
    assert {message.coupon_id for message in messages()} == set(codes)


def test_a_promotion_is_finished_when_everything_it_sent_is_settled(
    shop: Store, started: Started
) -> None:
    with db.session() as session:
        agreed(session, shop)
    campaign = started()
    run.run_due(NOW)
    assert state_of(campaign) == "running"
    settle_all()
    run.run_due(NOW)
    assert state_of(campaign) == "finished"


def test_a_buyer_who_comes_after_the_audience_was_closed_is_not_considered(
    shop: Store, started: Started
) -> None:
    with db.session() as session:
        agreed(session, shop)
    campaign = started()
    run.run_due(NOW)
    with db.session() as session:
        agreed(session, shop)
    assert run.run_due(NOW) == 0
    assert len(decisions(campaign)) == 1


def test_a_paused_campaign_decides_and_sends_nothing_until_it_is_resumed(
    shop: Store, started: Started
) -> None:
    with db.session() as session:
        agreed(session, shop)
    campaign = started()
    run.run_due(NOW)
    with db.session() as session:
        lifecycle.pause(session, now_of(session, campaign), NOW)
    (waiting,) = messages()
    assert (waiting.state, waiting.reason) == ("deferred", "paused")
    assert waiting.not_before == waiting.expires_at
    assert run.run_due(NOW) == 0
    with db.session() as session:
        lifecycle.resume(session, now_of(session, campaign), NOW)
    (again,) = messages()
    assert (again.state, again.reason, again.not_before) == ("queued", None, NOW)


def test_a_cancelled_campaign_gives_its_slots_back_and_says_why(
    shop: Store, started: Started
) -> None:
    with db.session() as session:
        agreed(session, shop)
    campaign = started()
    run.run_due(NOW)
    with db.session() as session:
        lifecycle.cancel(session, now_of(session, campaign), NOW)
        assert session.scalar(select(func.count()).select_from(CapSlot)) == 0
    assert outcomes(campaign) == {("skipped", "cancelled"): 1}
    assert [message.state for message in messages()] == ["cancelled"]


def test_nothing_is_decided_while_promotions_are_on_hold(shop: Store, started: Started) -> None:
    with db.session() as session:
        agreed(session, shop)
        instance.hold(session, "paused by hand", NOW)
    campaign = started()
    assert run.run_due(NOW) == 0
    with db.session() as session:
        lifecycle.resume_all(session, NOW)
    assert run.run_due(NOW) == 1
    assert outcomes(campaign) == {("send", None): 1}


def test_a_campaign_that_breaks_does_not_keep_the_others_from_deciding(
    shop: Store, started: Started
) -> None:
    with db.session() as session:
        agreed(session, shop)
        rule = {"condition": "vip", "is": True}
        segment = Segment(store_id=shop.id, name="VIP", rule=rule, created_at=NOW, updated_at=NOW)
        session.add(segment)
        session.flush()
    started(priority=90, audience={"segment": str(segment.id)})
    sound = started(priority=10)
    with db.session() as session:
        session.delete(session.get_one(Segment, (shop.id, segment.id)))
    assert run.run_due(NOW) == 1
    assert outcomes(sound) == {("send", None): 1}


def test_a_running_campaign_cannot_be_started_again(shop: Store, started: Started) -> None:
    campaign = started()
    with db.session() as session, pytest.raises(Conflict):
        held = now_of(session, campaign)
        lifecycle.start(session, session.get_one(Store, shop.id), held, NOW)
