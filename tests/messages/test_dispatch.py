"""What becomes of a message between its claim and its end, on a real mail server."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from crm import config, db, instance
from crm.buyers.consent import Decision, is_suppressed, record_consent
from crm.buyers.erasure import erase_buyer
from crm.buyers.models import Buyer
from crm.config import Settings
from crm.gates.models import CapSlot
from crm.messages import dispatch
from crm.messages.models import Message
from crm.messages.sending.backoff import Breaker
from crm.stores.models import Store
from tests.channels.rough import RoughServer
from tests.factories import NOW
from tests.fakes.smtp import MailServer
from tests.messages.making import events, make_message, make_shop, queue_one, read

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def breaker(monkeypatch: pytest.MonkeyPatch) -> Breaker:
    """A breaker without a past."""
    fresh = Breaker()
    monkeypatch.setattr(dispatch, "_breaker", fresh)
    return fresh


@pytest.fixture
def rough(settings: Settings) -> Iterator[RoughServer]:
    """A mail server that misbehaves, in use."""
    with RoughServer() as server:
        config.use(replace(config.settings(), smtp_url=server.url))
        yield server


def slots() -> int:
    with db.session() as session:
        return session.scalar(select(func.count()).select_from(CapSlot)) or 0


def come_due(message: Message) -> None:
    """Let the back-off of a message pass."""
    with db.session() as session:
        session.execute(update(Message).where(Message.id == message.id).values(retry_at=None))


def test_a_due_message_arrives_once(smtp: MailServer) -> None:
    message = queue_one()
    assert dispatch.send_due(NOW) == 1
    assert dispatch.send_due(NOW) == 0
    assert len(smtp.messages) == 1
    settled = read(message)
    assert (settled.state, settled.accepted_at, settled.token) == ("accepted", NOW, None)
    assert events(message) == ["claimed", "in_flight", "accepted"]


def test_the_mail_says_what_it_must(smtp: MailServer) -> None:
    message = queue_one()
    dispatch.send_due(NOW)
    mail = smtp.messages[0].mail
    assert mail["From"] == "Tea House <hello@tea.example.test>"
    assert mail["Subject"] == "Tea for Ada"
    assert mail["X-CRM-Message"] == str(message.id)
    assert mail["Message-ID"].startswith(f"<m{message.store_id}.{message.id}.")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/u/" in mail["List-Unsubscribe"]
    assert mail["List-Id"]
    assert mail["Auto-Submitted"] == "auto-generated"
    html = mail.get_body(("html",)).get_content()
    text = mail.get_body(("plain",)).get_content()
    assert "Dear Ada Brew" in html
    assert "Dear Ada Brew" in text
    assert "/c/" in html
    assert "https://tea.example.test/new" in text
    assert "Teestraße 1" in text


def test_the_row_keeps_what_was_sent(smtp: MailServer) -> None:
    message = queue_one()
    dispatch.send_due(NOW)
    kept = read(message)
    assert kept.address == smtp.messages[0].recipients[0]
    assert kept.subject == "Tea for Ada"
    assert "Dear Ada Brew" in (kept.html or "")
    assert kept.reply == "250 2.0.0 kept"


def test_without_a_mail_server_the_mail_is_kept_and_not_sent() -> None:
    message = queue_one()
    dispatch.send_due(NOW)
    kept = read(message)
    assert kept.state == "accepted"
    assert "Dear Ada Brew" in (kept.html or "")


def test_a_notice_has_no_way_out_and_no_wrapped_links(smtp: MailServer) -> None:
    with db.session() as session:
        buyer = make_shop(session).buyer(session, agreed=False)
        make_message(session, buyer, message_class="transactional", kind="order_notice")
    dispatch.send_due(NOW)
    mail = smtp.messages[0].mail
    assert mail["List-Unsubscribe"] is None
    html = mail.get_body(("html",)).get_content()
    assert "/c/" not in html
    assert "Unsubscribe" not in html


def test_a_withdrawal_before_the_claim_cancels_it_and_frees_its_slot(smtp: MailServer) -> None:
    message = queue_one()
    withdraw(message)
    dispatch.send_due(NOW)
    assert smtp.messages == []
    assert (read(message).state, read(message).reason) == ("cancelled", "no_consent")
    assert slots() == 0


def withdraw(message: Message) -> None:
    with db.session() as session:
        store = session.get_one(Store, message.store_id)
        buyer = session.get_one(Buyer, (message.store_id, message.buyer_id))
        left = Decision("email", "withdrawn", "unsubscribe link", NOW, own_act=True, actor="buyer")
        record_consent(session, store, buyer, left, NOW)


def test_a_withdrawal_while_the_server_waits_for_the_body_still_counts(smtp: MailServer) -> None:
    message = queue_one()
    smtp.script.append(("RCPT", lambda: withdraw(message) or ""))
    dispatch.send_due(NOW)
    assert smtp.messages == []
    assert (read(message).state, read(message).reason) == ("queued", "changed")
    come_due(message)
    dispatch.send_due(NOW)
    assert (read(message).state, read(message).reason) == ("cancelled", "no_consent")


@pytest.mark.parametrize("message_class", ["marketing", "transactional"])
def test_somebody_erased_while_the_server_waits_for_the_body_is_not_written_to(
    smtp: MailServer, message_class: str
) -> None:
    message = queue_one(message_class=message_class)

    def erase() -> str:
        with db.session() as session:
            store = session.get_one(Store, message.store_id)
            buyer = session.get_one(Buyer, (message.store_id, message.buyer_id))
            erase_buyer(session, store, buyer, NOW)
        return ""

    smtp.script.append(("RCPT", erase))
    dispatch.send_due(NOW)
    come_due(message)
    dispatch.send_due(NOW)
    assert smtp.messages == []
    assert (read(message).state, read(message).reason) == ("cancelled", "erased")
    assert (read(message).address, read(message).html) == (None, None)


def test_a_stop_of_everything_reaches_even_a_mail_whose_envelope_is_out(
    smtp: MailServer,
) -> None:
    message = queue_one()

    def stop() -> str:
        with db.session() as session:
            instance.hold(session, "stop", NOW)
        return ""

    smtp.script.append(("RCPT", stop))
    dispatch.send_due(NOW)
    assert smtp.messages == []
    assert read(message).state == "queued"


def test_a_lost_lease_drops_the_line_before_the_dot(smtp: MailServer) -> None:
    message = queue_one()

    def steal() -> str:
        with db.session() as session:
            gone = func.clock_timestamp() - timedelta(seconds=1)
            session.execute(update(Message).values(lease_until=gone))
        return ""

    smtp.script.append(("RCPT", steal))
    dispatch.send_due(NOW)
    assert smtp.messages == []
    assert "in_flight" not in events(message)


def test_quiet_hours_defer_it_to_the_morning(smtp: MailServer) -> None:
    late = NOW.replace(hour=22)
    message = queue_one(not_before=late)
    dispatch.send_due(late)
    waiting = read(message)
    assert (waiting.state, waiting.reason) == ("deferred", "quiet_hours")
    assert dispatch.send_due(late) == 0
    dispatch.send_due(waiting.not_before)
    assert read(message).state == "accepted"


def test_a_message_past_its_time_expires_unsent(smtp: MailServer) -> None:
    message = queue_one()
    assert dispatch.send_due(NOW + timedelta(days=4)) == 1
    assert smtp.messages == []
    assert read(message).state == "expired"


def test_on_hold_only_notices_go_out(smtp: MailServer) -> None:
    with db.session() as session:
        buyer = make_shop(session).buyer(session)
        offer = make_message(session, buyer)
        notice = make_message(session, buyer, message_class="transactional", kind="order_notice")
        instance.hold(session, "restored", NOW)
    dispatch.send_due(NOW)
    assert (read(offer).state, read(notice).state) == ("queued", "accepted")


def test_important_messages_go_first(smtp: MailServer) -> None:
    with db.session() as session:
        shop = make_shop(session)
        for priority in (10, 90, 50):
            buyer = shop.buyer(session, email=f"p{priority}@example.test")
            make_message(session, buyer, priority=priority)
    dispatch.send_due(NOW)
    assert [one.recipients[0] for one in smtp.messages] == [
        "p90@example.test",
        "p50@example.test",
        "p10@example.test",
    ]


def test_the_line_cut_after_the_dot_leaves_it_uncertain_and_never_sent_again(
    rough: RoughServer,
) -> None:
    message = queue_one()
    rough.dot = lambda: None
    dispatch.send_due(NOW)
    doubtful = read(message)
    assert (doubtful.state, doubtful.reason) == ("uncertain", "uncertain")
    assert dispatch.send_due(NOW + timedelta(days=1)) == 0
    assert len(rough.bodies) == 1


def test_an_uncertain_message_keeps_its_place_under_the_cap(rough: RoughServer) -> None:
    cap = {"name": "week", "limit": 1, "days": 7, "channel": None, "counts": "promotions"}
    with db.session() as session:
        shop = make_shop(session)
        shop.store.settings = {**shop.store.settings, "frequency_caps": [cap]}
        buyer = shop.buyer(session)
        doubtful = make_message(session, buyer, priority=90)
        other = make_message(session, buyer, priority=10)
    rough.dot = lambda: None
    dispatch.send_due(NOW)
    assert (read(doubtful).state, read(other).reason) == ("uncertain", "frequency_cap")
    assert slots() == 1


def test_a_notice_in_doubt_is_sent_once_more_with_the_same_message_id(rough: RoughServer) -> None:
    message = queue_one(message_class="transactional", kind="order_notice")
    rough.dot = lambda: None
    dispatch.send_due(NOW)
    assert read(message).state == "queued"
    come_due(message)
    dispatch.send_due(NOW)
    assert read(message).state == "uncertain"
    ids = {line for body in rough.bodies for line in body.split(b"\r\n") if b"Message-ID" in line}
    assert (len(rough.bodies), len(ids)) == (2, 1)


def test_a_4xx_after_the_dot_is_safe_to_send_again(rough: RoughServer) -> None:
    message = queue_one()
    rough.dot = lambda: b"451 4.3.0 disk full"
    dispatch.send_due(NOW)
    assert (read(message).state, read(message).reason) == ("deferred", "soft")
    rough.dot = lambda: b"250 ok"
    come_due(message)
    dispatch.send_due(NOW)
    assert read(message).state == "accepted"


def test_a_dead_address_bounces_is_suppressed_and_gives_its_slot_back(smtp: MailServer) -> None:
    message = queue_one()
    smtp.script.append(("RCPT", "550 5.1.1 no such user"))
    dispatch.send_due(NOW)
    assert read(message).state == "bounced"
    with db.session() as session:
        buyer = session.get_one(Buyer, (message.store_id, message.buyer_id))
        assert is_suppressed(session, message.store_id, "email", buyer.email or "", "transactional")


def test_a_mailbox_that_is_full_again_and_again_is_given_up(smtp: MailServer) -> None:
    message = queue_one()
    for times in range(1, 6):
        smtp.script.append(("RCPT", "552 5.2.2 mailbox full"))
        dispatch.send_due(NOW)
        with db.session() as session:
            buyer = session.get_one(Buyer, (message.store_id, message.buyer_id))
            blocked = is_suppressed(session, message.store_id, "email", buyer.email or "")
        assert (read(message).state, blocked) == ("deferred", times == 5)
        come_due(message)
    dispatch.send_due(NOW)
    assert (read(message).state, read(message).reason) == ("cancelled", "suppressed")


def test_our_own_fault_never_suppresses_and_opens_the_breaker(
    smtp: MailServer, breaker: Breaker
) -> None:
    message = queue_one()
    smtp.script.append(("RCPT", "550 5.7.26 unauthenticated mail"))
    dispatch.send_due(NOW)
    assert (read(message).state, read(message).reason) == ("deferred", "policy")
    assert breaker.is_open()
    with db.session() as session:
        buyer = session.get_one(Buyer, (message.store_id, message.buyer_id))
        assert not is_suppressed(session, message.store_id, "email", buyer.email or "")


def test_an_open_breaker_claims_nothing_and_gives_the_rest_back(
    smtp: MailServer, breaker: Breaker
) -> None:
    with db.session() as session:
        shop = make_shop(session)
        made = [make_message(session, shop.buyer(session)) for _ in range(3)]
    smtp.script.append(("MAIL", "421 4.7.0 slow down"))
    dispatch.send_due(NOW)
    assert [read(one).state for one in made] == ["deferred", "queued", "queued"]
    assert read(made[1]).attempts == 0
    assert dispatch.send_due(NOW) == 0
    breaker.close()
    come_due(made[0])
    dispatch.send_due(NOW)
    assert len(smtp.messages) == 3


def test_a_mail_server_that_is_away_defers_without_loss(
    settings: Settings, breaker: Breaker
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        config.use(
            replace(config.settings(), smtp_url=f"smtp://127.0.0.1:{taken.getsockname()[1]}")
        )
        message = queue_one()
        dispatch.send_due(NOW)
    assert (read(message).state, read(message).reason) == ("deferred", "away")
    assert breaker.is_open()


def test_a_template_that_fails_for_one_buyer_stops_nobody_else(smtp: MailServer) -> None:
    with db.session() as session:
        shop = make_shop(session)
        broken = {"body": "{{ buyer.first_name | divided_by: 0 }}"}
        bad = make_message(session, shop.buyer(session), content=broken)
        good = make_message(session, shop.buyer(session))
    dispatch.send_due(NOW)
    assert (read(bad).state, read(bad).reason) == ("refused", "render_failed")
    assert read(good).state == "accepted"


def test_a_channel_nobody_serves_is_refused(smtp: MailServer) -> None:
    message = queue_one(channel="pigeon")
    dispatch.send_due(NOW)
    assert (read(message).state, read(message).reason) == ("refused", "unsendable")


def test_a_bug_of_ours_is_tried_a_few_times_and_then_given_up(smtp: MailServer) -> None:
    broken = queue_one(content={"locale": 3})
    for _ in range(5):
        assert read(broken).state in ("queued", "deferred")
        dispatch.send_due(NOW)
        come_due(broken)
    assert (read(broken).state, read(broken).reason) == ("refused", "fault")
