"""A mail with a code goes out only once the code is true, and the code only with the mail."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from time import sleep
from typing import Any

import pytest
from sqlalchemy import select, update

from crm import config, db, instance
from crm.buyers.consent import Block, suppress
from crm.buyers.models import Buyer
from crm.campaigns.models import Campaign, Decision
from crm.coupons.ledger import Occasion, reserve
from crm.coupons.models import Coupon
from crm.messages import dispatch
from crm.messages.models import Message
from crm.messages.sending.backoff import Breaker
from crm.signing import seal
from tests.channels.rough import RoughServer
from tests.factories import NOW
from tests.fakes.smtp import MailServer
from tests.fakes.woocommerce import KEY, SECRET, Shop, spoil
from tests.messages.making import make_message, make_shop, read

BODY = "Your code: {{ offer.code }}, {{ offer.percent }}% until {{ offer.expires_on }}"


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_breaker", Breaker())


@pytest.fixture
def message(database: None, shop: Shop) -> Message:
    """A birthday mail with a code of 20 % that a WooCommerce shop has to make."""
    api = {"api_url": shop.url, "api_key_sealed": seal(KEY), "api_secret_sealed": seal(SECRET)}
    with db.session() as session:
        home = make_shop(session, platform="woocommerce", **api)
        buyer = home.buyer(session)
        campaign = Campaign(
            store_id=home.store.id,
            name="Birthday",
            kind="birthday",
            message={},
            state="running",
            created_at=NOW,
            updated_at=NOW,
        )
        session.add(campaign)
        session.flush()
        offer = {"percent": 20, "valid_days": 14}
        turn = Occasion(campaign.id, "2026", buyer.id)
        coupon = reserve(session, home.store, turn, offer, NOW)
        made = make_message(
            session,
            buyer,
            campaign_id=campaign.id,
            occurrence="2026",
            coupon_id=coupon.id,
            kind="birthday",
            content={"body": BODY},
        )
        session.add(decision(made))
    return made


def decision(message: Message) -> Decision:
    return Decision(
        store_id=message.store_id,
        campaign_id=message.campaign_id,
        occurrence=message.occurrence,
        buyer_id=message.buyer_id,
        about={},
        outcome="send",
        facts={},
        rules_version="1",
        due_at=NOW,
        expires_at=message.expires_at,
        decided_at=NOW,
        message_id=message.id,
    )


def verdict() -> tuple[str, str | None]:
    with db.session() as session:
        row = session.scalars(select(Decision)).one()
        return row.outcome, row.reason


def code() -> Coupon:
    with db.session() as session:
        return session.scalars(select(Coupon)).one()


def come_due() -> None:
    with db.session() as session:
        session.execute(update(Message).values(retry_at=None))


def test_the_code_is_in_the_shop_before_it_is_in_the_mail(
    message: Message, shop: Shop, smtp: MailServer
) -> None:
    made_by_then: list[list[str]] = []
    smtp.script.append(("MAIL", lambda: made_by_then.append(shop.codes) or ""))
    dispatch.send_due(NOW)
    part = smtp.messages[0].mail.get_body(("plain",))
    assert part is not None
    coupon = code()
    assert f"Your code: {coupon.code}, 20% until December 5, 2026" in part.get_content()
    assert made_by_then == [[coupon.code.lower()]]
    assert coupon.announced_at == NOW
    assert verdict() == ("send", None)


def test_while_the_shop_is_away_the_mail_waits_and_nothing_is_said(
    message: Message, shop: Shop, smtp: MailServer
) -> None:
    shop.refusals.append(503)
    dispatch.send_due(NOW)
    assert (read(message).state, read(message).reason) == ("deferred", "storefront_away")
    assert smtp.messages == []
    come_due()
    dispatch.send_due(NOW)
    assert read(message).state == "accepted"
    assert len(shop.coupons) == 1


def test_a_new_address_while_the_shop_makes_the_code_is_judged_before_it_is_written_to(
    message: Message, shop: Shop, smtp: MailServer
) -> None:
    def move(_shop: Shop, _coupon: dict[str, Any]) -> None:
        with db.session() as session:
            buyer = session.get_one(Buyer, (message.store_id, message.buyer_id))
            buyer.email = "new@example.test"
            suppress(session, message.store_id, Block("email", "new@example.test", "dead"), NOW)

    shop.faults.append(move)
    dispatch.send_due(NOW)
    come_due()
    dispatch.send_due(NOW)
    assert smtp.messages == []
    assert (read(message).state, read(message).reason) == ("cancelled", "suppressed")


def test_a_code_that_came_out_wrong_is_never_mailed_and_the_decision_says_so(
    message: Message, shop: Shop, smtp: MailServer
) -> None:
    shop.faults.append(spoil(amount="99.00"))
    dispatch.send_due(NOW)
    assert (read(message).state, read(message).reason) == ("refused", "coupon_failed")
    assert smtp.messages == []
    assert verdict() == ("skipped", "coupon_failed")


def test_a_code_in_a_doubtful_mail_counts_as_told(message: Message, settings: object) -> None:

    with RoughServer() as server:
        server.dot = lambda: None
        config.use(replace(config.settings(), smtp_url=server.url))
        dispatch.send_due(NOW)
    assert read(message).state == "uncertain"
    assert code().announced_at == NOW
    assert verdict() == ("send", "uncertain")


def test_two_who_wait_for_each_other_make_no_accepted_mail_doubtful(
    message: Message, shop: Shop, smtp: MailServer
) -> None:
    other_way_round = threading.Thread(target=lock_decision_then_message)
    smtp.script.append(("DATA", lambda: other_way_round.start() or sleep(0.1) or "250 2.0.0 kept"))
    dispatch.send_due(NOW)
    other_way_round.join()
    assert read(message).state == "accepted"
    assert (code().announced_at, verdict()) == (NOW, ("send", None))


def lock_decision_then_message() -> None:
    with db.session() as session:
        session.scalars(select(Decision).with_for_update()).one()
        sleep(0.5)
        session.scalars(select(Message).with_for_update()).one()


def test_a_refused_mail_leaves_its_code_untold(message: Message, smtp: MailServer) -> None:
    smtp.script.append(("DATA", "554 5.6.0 no"))
    dispatch.send_due(NOW)
    assert code().announced_at is None
    assert verdict() == ("skipped", "refused")


def test_a_decision_follows_its_message_into_the_night_and_the_morning(
    message: Message, smtp: MailServer
) -> None:
    late = NOW.replace(hour=22)
    dispatch.send_due(late)
    assert verdict() == ("deferred", "quiet_hours")
    dispatch.send_due(read(message).not_before)
    assert verdict() == ("send", None)


def test_a_decision_whose_message_lapsed_on_hold_says_expired(message: Message) -> None:
    with db.session() as session:
        instance.hold(session, "restored", NOW)
    dispatch.send_due(message.expires_at)
    assert verdict() == ("skipped", "expired")
