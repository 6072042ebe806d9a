"""What a killed worker leaves behind, and what becomes of it."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from crm import db
from crm.messages import dispatch
from crm.messages.models import Message
from crm.messages.recover import recover_stale
from tests.factories import NOW
from tests.fakes.smtp import MailServer
from tests.messages.making import events, make_message, make_shop, queue_one, read

pytestmark = pytest.mark.usefixtures("database")


def worker_killed_at(point: str) -> None:
    """Let a worker die at the first passing of a failpoint."""
    worker_killed(f"{point}=kill")


def worker_killed(failpoints: str) -> None:
    """Run the sending job in a process of its own that is killed at a failpoint."""
    job = "from crm.messages import jobs; jobs.send_due()"
    environment = {**os.environ, "CRM_FAILPOINTS": failpoints}
    ended = subprocess.run([sys.executable, "-c", job], env=environment, check=False, timeout=30)
    assert ended.returncode == -signal.SIGKILL


def lose_lease() -> None:
    """Let the lease of every claim run out."""
    gone = func.clock_timestamp() - timedelta(seconds=1)
    with db.session() as session:
        session.execute(update(Message).values(lease_until=gone))


def test_a_worker_killed_before_the_dot_loses_nothing_and_repeats_nothing(
    smtp: MailServer,
) -> None:
    message = queue_one()
    worker_killed_at("after_claim")
    assert read(message).state == "claimed"
    assert dispatch.send_due(NOW) == 0
    assert recover_stale(NOW) == 0, "its lease has not run out yet"
    lose_lease()
    assert recover_stale(NOW) == 1
    assert dispatch.send_due(NOW) == 1
    assert dispatch.send_due(NOW) == 0
    assert len(smtp.messages) == 1
    assert read(message).attempts == 2


def test_a_worker_killed_at_the_dot_leaves_marketing_uncertain(smtp: MailServer) -> None:
    message = queue_one()
    worker_killed_at("before_final_dot")
    assert read(message).state == "in_flight"
    lose_lease()
    assert recover_stale(NOW) == 1
    assert read(message).state == "uncertain"
    assert dispatch.send_due(NOW) == 0
    assert smtp.messages == []


def test_a_worker_killed_after_the_mail_was_taken_never_sends_it_twice(smtp: MailServer) -> None:
    message = queue_one()
    worker_killed_at("after_accept")
    lose_lease()
    recover_stale(NOW)
    dispatch.send_due(NOW)
    assert len(smtp.messages) == 1
    assert read(message).state == "uncertain"


def test_a_notice_in_flight_is_sent_once_more_and_then_no_more(smtp: MailServer) -> None:
    message = queue_one(message_class="transactional", kind="order_notice")
    in_flight(attempts=1)
    assert recover_stale(NOW) == 1
    assert read(message).state == "queued"
    in_flight(attempts=2)
    recover_stale(NOW)
    assert read(message).state == "uncertain"
    assert events(message) == ["queued", "uncertain"]


def in_flight(attempts: int) -> None:
    gone = func.clock_timestamp() - timedelta(seconds=1)
    values = {"state": "in_flight", "token": "t", "lease_until": gone, "attempts": attempts}
    with db.session() as session:
        session.execute(update(Message).values(**values))


def test_the_lease_in_flight_covers_the_wait_for_the_server(smtp: MailServer) -> None:
    message = queue_one()
    left: list[float] = []

    def look() -> str:
        with db.session() as session:
            age = func.extract("epoch", Message.lease_until - func.clock_timestamp())
            left.append(float(session.scalar(select(age).where(Message.id == message.id)) or 0))
        return ""

    smtp.script.append(("DATA", look))
    dispatch.send_due(NOW)
    assert 6 < left[0] <= 7, "CRM_LEASE_SECONDS and CRM_SMTP_TIMEOUT_SECONDS together"


def test_a_row_of_killed_workers_loses_nothing_unsaid_and_sends_nothing_twice(
    smtp: MailServer,
) -> None:
    with db.session() as session:
        shop = make_shop(session)
        made = [make_message(session, shop.buyer(session)) for _ in range(12)]
    for point in ("after_accept=kill:nth3", "before_final_dot=kill:nth2", "after_claim=kill"):
        worker_killed(point)
        lose_lease()
        recover_stale(NOW)
    while dispatch.send_due(NOW):
        pass
    states = Counter(read(message).state for message in made)
    got = Counter(received.mail["X-CRM-Message"] for received in smtp.messages)
    assert states == {"accepted": 10, "uncertain": 2}
    assert set(got.values()) == {1}
    doubtful = {str(one.id) for one in made if read(one).state == "uncertain"}
    assert {str(one.id) for one in made} - set(got) <= doubtful
