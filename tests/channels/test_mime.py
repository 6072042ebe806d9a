"""A mail's bytes, read back by the standard library: nothing is lost, nothing gets in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.channels import Envelope
from crm.channels._mime import address, build

LETTER = Envelope(
    sender_name="Tea House",
    sender="hello@tea.example.test",
    recipient="ada@example.test",
    subject="Tea for Ada",
    html="<p>Dear Ada</p>",
    text="Dear Ada\n",
    message_id="<m1.2.abc@tea.example.test>",
    written_at=datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
    headers={"X-CRM-Message": "2", "Auto-Submitted": "auto-generated"},
)
NAMES = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "X-CRM-Message",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]


def read(envelope: Envelope) -> EmailMessage:
    mail = message_from_bytes(build(envelope), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def test_a_plain_mail_reads_back_whole() -> None:
    mail = read(LETTER)
    assert mail.keys() == NAMES
    assert mail.defects == []
    assert mail["From"] == "Tea House <hello@tea.example.test>"
    assert mail["To"] == "ada@example.test"
    assert mail["Subject"] == "Tea for Ada"
    assert mail["Message-ID"] == "<m1.2.abc@tea.example.test>"
    assert parsedate_to_datetime(mail["Date"]) - LETTER.written_at == timedelta(0)
    assert body(mail, "plain") == "Dear Ada\n"
    assert body(mail, "html").strip() == "<p>Dear Ada</p>"


@pytest.mark.parametrize(
    "name",
    [
        "茶馆",
        "春茶到了！请慢慢品尝，这是一封很长的中文标题，它必须折成好几行才能放进邮件头里面，不能丢字",
        "Grüße aus München",
        "𝒯𝑒𝒶 🍵 " * 20,
        'Tea "House", Ltd. <x>; (y)',
        "back\\slash",
        "=?utf-8?B?Zm9v?=",
        "a" * 300,
        "Tea, House",
    ],
)
def test_names_and_subjects_of_any_script_survive(name: str) -> None:
    letter = replace(LETTER, sender_name=name, subject=name)
    mail = read(letter)
    assert mail["Subject"] == name.strip()
    (sender,) = mail["From"].addresses
    assert sender.addr_spec == "hello@tea.example.test"
    raw = message_from_bytes(build(letter), policy=policy.compat32)["From"]
    shown, _ = parseaddr(str(make_header(decode_header(raw))) if "=?utf" in raw else raw)
    assert shown == name.strip() or sender.display_name == name.strip()


@pytest.mark.parametrize(
    "evil",
    [
        "Hi\r\nBcc: victim@example.test",
        "Hi\nBcc: victim@example.test",
        "Hi\rBcc: victim@example.test",
        "Hi\u2028Bcc: victim@example.test",
        "Hi\u0085Bcc: victim@example.test",
        "Hi\x0bBcc: v\x0cX: y",
        "Hi\r\n\r\n<html>body",
        "=?utf-8?Q?=0D=0ABcc:_victim@example.test?=",
        "\x00\x01\x7f",
        "茶\r\nBcc: victim@example.test",
    ],
)
def test_nothing_in_a_value_can_end_its_line(evil: str) -> None:
    letter = replace(LETTER, sender_name=evil, subject=evil, headers={"X-CRM-Message": evil})
    raw = build(letter)
    mail = message_from_bytes(raw, policy=policy.default)
    assert [name for name in mail if name.lower() == "bcc"] == []
    assert set(mail.keys()) <= set(NAMES)
    assert mail["To"] == "ada@example.test"


@pytest.mark.parametrize(
    "text",
    [
        "a\n.\nb\n",
        ".\n..\n.hidden\n",
        "long " * 5000,
        "x" * 5000,
        "trailing   \nspaces\t\n",
        "Grüße =3D & = signs\n",
        "From here\n",
        "茶" * 3000,
        "--=_abc\n",
        "",
    ],
)
def test_bodies_survive_and_no_line_is_too_long(text: str) -> None:
    raw = build(replace(LETTER, text=text, html=f"<p>{text}</p>"))
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert body(mail, "plain").rstrip("\n") == text.rstrip("\n")


@settings(max_examples=150, deadline=None)
@given(name=st.text(max_size=120), subject=st.text(max_size=200), text=st.text(max_size=400))
def test_whatever_comes_in_stays_in_its_place(name: str, subject: str, text: str) -> None:
    mail = read(replace(LETTER, sender_name=name, subject=subject, text=text))
    assert mail.keys() == NAMES
    assert [one.addr_spec for one in mail["From"].addresses] == ["hello@tea.example.test"]
    assert [one.addr_spec for one in mail["To"].addresses] == ["ada@example.test"]
    assert len(list(mail.iter_parts())) == 2


def test_the_same_message_makes_the_same_bytes() -> None:
    assert build(LETTER) == build(LETTER)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("ada@example.test", "ada@example.test"),
        (" ada@example.test ", "ada@example.test"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("adä@example.test", None),
        ("a b@example.test", None),
        ("ada", None),
        ("", None),
        ("ada@example.test\r\nRCPT TO:<x@y.test>", None),
        ("<ada@example.test>", None),
        ("ada@example..test", None),
        ("a,b@example.test", None),
        ("x" * 65 + "@example.test", None),
    ],
)
def test_only_what_smtp_can_carry_is_an_address(given: str, made: str | None) -> None:
    assert address(given) == made
