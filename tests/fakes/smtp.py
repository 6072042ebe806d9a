"""A mail server on loopback that keeps what it is sent and can be told what to answer."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from tests.fakes.ports import free_port


@dataclass(frozen=True)
class Received:
    """One accepted mail: its envelope and its parsed content."""

    sender: str
    recipients: tuple[str, ...]
    mail: EmailMessage
    raw: bytes


@dataclass
class MailServer:
    """Accepts every mail, except where `script` holds the next reply for a verb.

    `script.append(("RCPT", "550 5.1.1 no such user"))` answers the next RCPT so; verbs are MAIL,
    RCPT and DATA (the reply to the final dot). A callable reply is called with nothing and gives
    the reply, so it may wait, count or raise.
    """

    messages: list[Received] = field(default_factory=list)
    script: deque[tuple[str, str | Callable[[], str]]] = field(default_factory=deque)

    @property
    def url(self) -> str:
        """The value of CRM_SMTP_URL that reaches it."""
        return f"smtp://127.0.0.1:{self._controller.port}"

    def to(self, address: str) -> list[Received]:
        """List what one recipient got."""
        return [one for one in self.messages if address in one.recipients]

    def __enter__(self) -> Self:
        self._controller = Controller(
            self, hostname="127.0.0.1", port=free_port(), server_hostname="mail.test"
        )
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop()

    async def handle_MAIL(  # noqa: N802 - the name aiosmtpd looks for
        self,
        server: SMTP,
        session: SmtpSession,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Answer MAIL FROM."""
        refusal = self._next("MAIL")
        if not refusal:
            envelope.mail_from = address
        return refusal or "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: SmtpSession,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Answer RCPT TO."""
        refusal = self._next("RCPT")
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: SmtpSession, envelope: Envelope
    ) -> str:
        """Answer the final dot; only a 2xx reply keeps the mail."""
        reply = self._next("DATA") or "250 2.0.0 kept"
        if reply.startswith("2"):
            raw = bytes(envelope.content or b"")
            mail = message_from_bytes(raw, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.messages.append(
                Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), mail, raw)
            )
        return reply

    def _next(self, verb: str) -> str | None:
        for number, (wanted, reply) in enumerate(self.script):
            if wanted == verb:
                del self.script[number]
                return reply() if callable(reply) else reply
        return None
