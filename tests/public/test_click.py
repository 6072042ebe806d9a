"""The link of a mail: counts a follower, leads where it was signed to lead and nowhere else."""

from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crm import db
from crm.messages.links import click_url
from crm.messages.models import Click, Message
from crm.signing import sign_token
from tests.messages.making import queue_one, read

pytestmark = pytest.mark.usefixtures("database")
TARGET = "https://tea.example.test/new?x=1&y=ü"


def clicks() -> list[Click]:
    with db.session() as session:
        return list(session.scalars(select(Click)))


def path_of(message: Message, target: str = TARGET) -> str:
    return urlsplit(click_url(message, target)).path


def test_following_a_link_is_noted_and_leads_on(client: FlaskClient) -> None:
    message = queue_one()
    answer = client.get(path_of(message))
    assert answer.status_code == 302
    assert answer.headers["Location"] == "https://tea.example.test/new?x=1&y=%C3%BC"
    (click,) = clicks()
    assert (click.message_id, click.buyer_id, click.url) == (message.id, message.buyer_id, TARGET)


def test_a_look_by_head_is_no_click(client: FlaskClient) -> None:
    answer = client.head(path_of(queue_one()))
    assert answer.status_code == 302
    assert clicks() == []


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "//evil.example",
        "https://good.example@evil.example/",
        "https://a.example/\r\nSet-Cookie: x=1",
        "data:text/html,x",
        "ftp://a.example",
        "https://",
        "https:\\\\evil.example",
        "",
    ],
)
def test_even_a_signed_token_leads_only_to_plain_web_addresses(
    client: FlaskClient, target: str
) -> None:
    message = queue_one()
    token = sign_token("click", message.store_id, message.id, message.buyer_id, target)
    answer = client.get(f"/c/{token}")
    assert answer.status_code == 404
    assert "Location" not in answer.headers
    assert clicks() == []


def test_a_target_beside_the_token_is_not_listened_to(client: FlaskClient) -> None:
    message = queue_one()
    answer = client.get(path_of(message), query_string={"url": "https://evil.example"})
    assert "evil" not in answer.headers["Location"]


def test_a_forged_or_foreign_token_leads_nowhere(client: FlaskClient) -> None:
    message = queue_one()
    good = path_of(message)
    foreign = sign_token("preferences", message.store_id, message.id, message.buyer_id)
    for path in (good[:-1], good + "x", f"/c/{foreign}", "/c/x"):
        assert client.get(path).status_code == 404
    assert clicks() == []


def test_a_click_ends_the_doubt_whether_the_mail_arrived(client: FlaskClient) -> None:
    message = queue_one()
    with db.session() as session:
        session.get_one(Message, (message.store_id, message.id)).state = "uncertain"
    client.head(path_of(message))
    assert read(message).state == "uncertain"
    client.get(path_of(message))
    assert read(message).state == "delivered"
