"""Every link of a real mail, fetched the way scanners do, and the one-click of its header."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm import db
from crm.buyers.models import Buyer, ConsentEvent
from crm.messages import dispatch
from crm.messages.models import Click, Message
from crm.messages.sending.backoff import Breaker
from crm.surveys.models import Response
from tests.factories import NOW
from tests.fakes.smtp import MailServer
from tests.messages.making import make_message, make_shop, read

pytestmark = pytest.mark.usefixtures("database")
BODY = (
    '<p><a href="https://tea.example.test/a">a</a>'
    ' <a href="https://tea.example.test/b?c=1&amp;d=2">b</a>'
    ' <a href="{{ links.preferences }}">your mail</a></p>'
)


@pytest.fixture
def mail(smtp: MailServer, monkeypatch: pytest.MonkeyPatch) -> tuple[Message, str, str]:
    """A mail that arrived: its row, its HTML, and the address of its one-click header."""
    monkeypatch.setattr(dispatch, "_breaker", Breaker())
    with db.session() as session:
        buyer = make_shop(session).buyer(session)
        message = make_message(session, buyer, content={"body": BODY})
    dispatch.send_due(NOW)
    got = smtp.messages[0].mail
    part = got.get_body(("html",))
    assert part is not None
    return message, part.get_content(), got["List-Unsubscribe"].strip("<>")


def standing() -> list[object]:
    with db.session() as session:
        counted = [
            session.scalar(select(func.count()).select_from(table))
            for table in (ConsentEvent, Response)
        ]
        people = session.execute(select(Buyer.birth_day, Buyer.last_score, Buyer.updated_at)).all()
        return [*counted, people, session.scalars(select(Message.state)).all()]


def test_following_every_link_by_get_and_head_changes_nothing_but_the_clicks(
    client: FlaskClient, mail: tuple[Message, str, str]
) -> None:
    _, html, header = mail
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', html)]
    assert len(links) == 4, "two of the shop, the page, and the way out"
    before = standing()
    for link in [*links, header]:
        path = urlsplit(link).path
        assert client.head(path).status_code in (200, 302)
        assert client.get(path).status_code in (200, 302)
    assert standing() == before
    with db.session() as session:
        followed = sorted(session.scalars(select(Click.url)))
    assert followed == ["https://tea.example.test/a", "https://tea.example.test/b?c=1&d=2"]


def test_the_one_click_of_the_header_stops_the_next_mail_but_not_a_notice(
    client: FlaskClient, mail: tuple[Message, str, str], smtp: MailServer
) -> None:
    message, _, header = mail
    answer = client.post(
        urlsplit(header).path,
        data="List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 200
    with db.session() as session:
        buyer = session.get_one(Buyer, (message.store_id, message.buyer_id))
        offer = make_message(session, buyer)
        notice = make_message(session, buyer, message_class="transactional", kind="order_notice")
    dispatch.send_due(NOW)
    assert (read(offer).state, read(offer).reason) == ("cancelled", "no_consent")
    assert read(notice).state == "accepted"
    assert len(smtp.messages) == 2
