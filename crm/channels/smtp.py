"""Mail over SMTP: one connection a process is kept open, and the final dot is ours to hold back."""

import os
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, unquote, urlsplit

from crm import config
from crm.channels import Envelope, Reply
from crm.channels._mime import address, build
from crm.channels._replies import read_reply
from crm.config.parsing import is_loopback
from crm.i18n import mark

LABEL = mark("Mail server (SMTP)")

_PORTS = {"starttls": 587, "implicit": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class Relay:
    """The mail server of `CRM_SMTP_URL`; `tls` is starttls, implicit or none."""

    host: str
    port: int
    tls: str
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class _Line:
    smtp: smtplib.SMTP
    url: str
    process: int
    reused: bool


_kept = threading.local()


def send(envelope: Envelope, before_dot: Callable[[], bool]) -> Reply:
    """Send one mail; a connection that broke while it was idle is opened anew, once."""
    sender, recipient = address(envelope.sender), address(envelope.recipient)
    if sender is None or recipient is None:
        return Reply("refused", 0, "an address that SMTP cannot carry", "unsendable")
    content = build(replace(envelope, sender=sender, recipient=recipient))
    line = _reach(sender, recipient)
    return line if isinstance(line, Reply) else _finish(line, content, before_dot)


def relay(url: str) -> Relay:
    """Read `smtp://user:password@host:port?tls=…`. Without `tls`: none on loopback, else starttls.

    Raises ValueError for another word.
    """
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    usual = "none" if is_loopback(f"{host}:0") else "starttls"
    tls = parse_qs(parts.query).get("tls", ["implicit" if parts.scheme == "smtps" else usual])[-1]
    if tls not in _PORTS:
        raise ValueError(f"CRM_SMTP_URL: tls={tls} is not one of {', '.join(_PORTS)}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Relay(host, parts.port or _PORTS[tls], tls, user, password)


def hang_up() -> None:
    """Close this thread's connection."""
    line: _Line | None = getattr(_kept, "line", None)
    _kept.line = None
    if line is not None:
        with suppress(OSError):
            line.smtp.close()


def _reach(sender: str, recipient: str) -> smtplib.SMTP | Reply:
    """Bring a connection to the point where the server waits for the body."""
    while True:
        try:
            line = _line()
        except smtplib.SMTPResponseException as refusal:
            return _unreached(read_reply(refusal.smtp_code, refusal.smtp_error))
        except (OSError, ValueError) as fault:  # a wrong setting loses no mail either
            return _unreached(Reply("deferred", 0, _said(fault), "away"))
        try:
            answer = _negotiate(line.smtp, sender, recipient)
        except OSError as fault:
            hang_up()
            answer = Reply("deferred", 421, _said(fault), "away")
        if answer is None:
            return line.smtp
        if answer.code != 421 or not line.reused:
            return answer


def _line() -> _Line:
    url = config.settings().smtp_url or ""
    kept: _Line | None = getattr(_kept, "line", None)
    if kept is not None and (kept.url, kept.process) == (url, os.getpid()):
        return kept
    hang_up()
    opened = _Line(_open(relay(url)), url, os.getpid(), reused=False)
    _kept.line = replace(opened, reused=True)
    return opened


def _open(server: Relay) -> smtplib.SMTP:
    timeout = config.settings().smtp_timeout_seconds
    name = urlsplit(config.settings().public_url).hostname or "localhost"
    trust = ssl.create_default_context() if server.tls != "none" else None
    if server.tls == "implicit":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, name, timeout=timeout, context=trust
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, name, timeout=timeout)
    try:
        _greet(smtp, server, trust)
    except OSError:
        smtp.close()
        raise
    return smtp


def _greet(smtp: smtplib.SMTP, server: Relay, trust: ssl.SSLContext | None) -> None:
    assert smtp.sock is not None
    # Without it the lone dot would wait for the acknowledgement of the body.
    smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    smtp.ehlo_or_helo_if_needed()
    if server.tls == "starttls":
        smtp.starttls(context=trust)
        smtp.ehlo_or_helo_if_needed()
    if server.user:
        smtp.login(server.user, server.password)


def _negotiate(smtp: smtplib.SMTP, sender: str, recipient: str) -> Reply | None:
    steps: tuple[tuple[int, Callable[[], tuple[int, bytes]]], ...] = (
        (2, lambda: smtp.mail(sender)),
        (2, lambda: smtp.rcpt(recipient)),
        (3, lambda: smtp.docmd("DATA")),
    )
    for wanted, step in steps:
        code, text = step()
        if code // 100 != wanted:
            _clear(smtp, code)
            return read_reply(code, text)
    return None


def _clear(smtp: smtplib.SMTP, code: int) -> None:
    """Forget a refused envelope so that the next mail starts clean."""
    if not 400 <= code < 600 or code == 421:
        hang_up()
        return
    try:
        smtp.rset()
    except OSError:
        hang_up()


def _finish(smtp: smtplib.SMTP, content: bytes, before_dot: Callable[[], bool]) -> Reply:
    try:
        smtp.send(_stuffed(content))
    except OSError as fault:
        hang_up()
        return Reply("deferred", 0, _said(fault), "away")
    ours = False
    try:
        ours = before_dot()
    finally:
        if not ours:
            hang_up()  # what the server has of this mail, it throws away
    return _dot(smtp) if ours else Reply("withdrawn")


def _dot(smtp: smtplib.SMTP) -> Reply:
    try:
        smtp.send(b".\r\n")
        code, text = smtp.getreply()
    except OSError as fault:
        hang_up()
        return Reply("uncertain", 0, _said(fault))
    reply = read_reply(code, text, after_dot=True)
    if reply.kind == "uncertain" or code == 421:
        hang_up()
    return replace(reply, remote_id=reply.text[:200]) if reply.kind == "accepted" else reply


def _stuffed(content: bytes) -> bytes:
    return content.replace(b"\r\n.", b"\r\n..")


def _unreached(reply: Reply) -> Reply:
    """A server that turns us away before any envelope says nothing about the message."""
    cause = reply.cause if reply.cause == "credentials" else "away"
    return replace(reply, kind="deferred", cause=cause)


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"[:200]
