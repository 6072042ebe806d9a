"""The mail server's line: kept open, opened anew, and never past the dot without a word."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from crm import config
from crm.channels import smtp
from crm.channels.smtp import Relay, relay
from crm.config import Settings
from tests.channels.rough import RoughServer
from tests.channels.test_mime import LETTER, body
from tests.fakes.smtp import MailServer


@pytest.fixture
def rough(settings: Settings) -> Iterator[RoughServer]:
    """A mail server that misbehaves, in use."""
    smtp.hang_up()
    with RoughServer() as server:
        config.use(replace(config.settings(), smtp_url=server.url, smtp_timeout_seconds=0.3))
        yield server


def go() -> bool:
    return True


def test_one_connection_carries_many_mails(rough: RoughServer) -> None:
    assert [smtp.send(LETTER, go).kind for _ in range(5)] == ["accepted"] * 5
    assert rough.connections == 1
    assert len(rough.bodies) == 5


def test_the_servers_own_name_for_the_mail_is_kept(rough: RoughServer) -> None:
    assert smtp.send(LETTER, go).remote_id == "2.0.0 kept as 42"


def test_an_idle_line_that_was_cut_is_opened_anew_and_nothing_is_lost(rough: RoughServer) -> None:
    smtp.send(LETTER, go)
    rough.hang_up()
    assert smtp.send(LETTER, go).kind == "accepted"
    assert (rough.connections, len(rough.bodies)) == (2, 2)


def test_an_idle_line_that_says_421_is_opened_anew(rough: RoughServer) -> None:
    smtp.send(LETTER, go)
    said = iter([b"421 4.4.2 idle too long"])
    rough.answers["MAIL"] = lambda: next(said, b"250 OK")
    assert smtp.send(LETTER, go).kind == "accepted"
    assert rough.connections == 2


def test_the_body_is_there_before_the_last_question_and_the_dot_is_not(rough: RoughServer) -> None:
    seen: list[int] = []

    def ask() -> bool:
        seen.append(len(rough.bodies))
        return True

    smtp.send(LETTER, ask)
    assert seen == [0]
    assert len(rough.bodies) == 1


def test_a_no_at_the_dot_sends_nothing(rough: RoughServer) -> None:
    assert smtp.send(LETTER, lambda: False).kind == "withdrawn"
    assert smtp.send(LETTER, go).kind == "accepted"
    assert (rough.connections, len(rough.bodies)) == (2, 1)


def test_an_accident_at_the_dot_sends_nothing_and_is_not_hidden(rough: RoughServer) -> None:
    def stumble() -> bool:
        raise OSError("the database is away")

    with pytest.raises(OSError, match="the database is away"):
        smtp.send(LETTER, stumble)
    smtp.send(LETTER, go)
    assert len(rough.bodies) == 1


def test_a_line_cut_after_the_dot_is_uncertain(rough: RoughServer) -> None:
    rough.dot = lambda: None
    assert smtp.send(LETTER, go).kind == "uncertain"


def test_silence_after_the_dot_is_uncertain(rough: RoughServer) -> None:
    rough.dot = lambda: b"250-half a reply"
    assert smtp.send(LETTER, go).kind == "uncertain"
    rough.dot = lambda: b"250 whole again"
    assert smtp.send(LETTER, go).kind == "accepted"


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_line_cut_before_the_dot_is_tried_later(rough: RoughServer, verb: str) -> None:
    rough.answers |= {verb: lambda: None, "HELO": lambda: None}
    reply = smtp.send(LETTER, go)
    assert (reply.kind, reply.cause) == ("deferred", "away")
    assert rough.bodies == []


@pytest.mark.parametrize(
    ("greeting", "cause"),
    [(b"421 4.3.2 closing", "away"), (b"554 5.7.1 go away", "away"), (None, "away")],
)
def test_a_server_that_turns_us_away_at_the_door_says_nothing_about_the_mail(
    rough: RoughServer, greeting: bytes | None, cause: str
) -> None:
    rough.greeting = greeting
    reply = smtp.send(LETTER, go)
    assert (reply.kind, reply.cause) == ("deferred", cause)


def test_wrong_credentials_are_our_fault(rough: RoughServer) -> None:
    with_login = rough.url.replace("smtp://", "smtp://ada:wrong@")
    config.use(replace(config.settings(), smtp_url=with_login))
    rough.answers["EHLO"] = lambda: b"250-rough.test\r\n250 AUTH PLAIN"
    rough.answers["AUTH"] = lambda: b"535 5.7.8 no"
    reply = smtp.send(LETTER, go)
    assert (reply.kind, reply.cause) == ("deferred", "credentials")
    assert "wrong" not in reply.text


def test_a_refused_recipient_leaves_the_line_clean_for_the_next(rough: RoughServer) -> None:
    said = iter([b"550 5.1.1 nobody"])
    rough.answers["RCPT"] = lambda: next(said, b"250 OK")
    assert smtp.send(LETTER, go).cause == "dead"
    assert smtp.send(LETTER, go).kind == "accepted"
    assert rough.connections == 1


def test_lines_that_begin_with_a_dot_arrive_as_they_were(settings: Settings) -> None:
    text = ".\n..\n.hidden\nend\n"
    with MailServer() as server:
        config.use(replace(config.settings(), smtp_url=server.url))
        assert smtp.send(replace(LETTER, text=text), go).kind == "accepted"
    assert body(server.messages[0].mail, "plain") == text


def test_an_address_smtp_cannot_carry_is_refused_before_any_call(rough: RoughServer) -> None:
    reply = smtp.send(replace(LETTER, recipient="adä@example.test"), go)
    assert (reply.kind, reply.cause, rough.connections) == ("refused", "unsendable", 0)


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("smtp://127.0.0.1:2525", Relay("127.0.0.1", 2525, "none", "", "")),
        ("smtp://localhost", Relay("localhost", 25, "none", "", "")),
        ("smtp://mail.test", Relay("mail.test", 587, "starttls", "", "")),
        ("smtps://mail.test", Relay("mail.test", 465, "implicit", "", "")),
        ("smtp://mail.test?tls=none", Relay("mail.test", 25, "none", "", "")),
        (
            "smtp://a%40b.test:p%3Aw@mail.test:2587?tls=starttls",
            Relay("mail.test", 2587, "starttls", "a@b.test", "p:w"),
        ),
    ],
)
def test_the_address_of_the_mail_server_says_how_to_speak_to_it(url: str, made: Relay) -> None:
    assert relay(url) == made


def test_an_unknown_kind_of_encryption_is_named() -> None:
    with pytest.raises(ValueError, match="tls=maybe is not one of"):
        relay("smtp://mail.test?tls=maybe")


def test_a_wrong_setting_defers_and_loses_nothing(rough: RoughServer) -> None:
    config.use(replace(config.settings(), smtp_url=f"{rough.url}?tls=maybe"))
    reply = smtp.send(LETTER, go)
    assert (reply.kind, reply.cause, rough.connections) == ("deferred", "away", 0)
    assert "tls=maybe" in reply.text


def test_where_encryption_is_asked_for_nothing_goes_out_without_it(rough: RoughServer) -> None:
    config.use(replace(config.settings(), smtp_url=f"{rough.url}?tls=starttls"))
    assert smtp.send(LETTER, go).kind == "deferred"
    assert rough.bodies == []
