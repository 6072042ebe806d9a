"""Ways to send a message: one file each, all of the shape of `Channel`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, cast

from crm import config
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.registry import get_plugin

# What became of an envelope. `uncertain`: the line broke after the point of no return;
# `withdrawn`: `before_dot` said no, nothing was sent.
Kind = Literal["accepted", "deferred", "refused", "uncertain", "withdrawn"]
# Why: `dead` address, `full` mailbox, `policy` or `credentials` (our own fault), `away` (no line
# or a throttle: leave the provider alone), `soft`, `content`, `unsendable` here.
Cause = Literal[
    "", "dead", "full", "policy", "credentials", "away", "soft", "content", "unsendable"
]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A finished message for one recipient; `headers` are extra ones, plain ASCII."""

    sender_name: str
    sender: str
    recipient: str
    subject: str
    html: str
    text: str
    message_id: str
    written_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a provider said, and what it means to us."""

    kind: Kind
    code: int = 0
    text: str = ""
    cause: Cause = ""
    remote_id: str | None = None


class Channel(Protocol):
    """A way to send.

    `send` calls `before_dot` at its point of no return, after everything that can still be taken
    back; False means the message is no longer ours: it must then send nothing.
    """

    LABEL: str

    def send(self, envelope: Envelope, before_dot: Callable[[], bool]) -> Reply:
        """Send one envelope; trouble is a Reply, never an exception of its own."""


def pick(channel: str) -> str:
    """Name the way a message's channel goes in this installation. Raises Rejected."""
    if config.settings().smtp_url is None:
        return "outbox"
    if channel == "email":
        return "smtp"
    raise Rejected(_("There is no way to send “%(channel)s” from here.", channel=channel))


def get_channel(name: str) -> Channel:
    """Load a channel by its file name. Raises NotFound."""
    return cast(Channel, get_plugin(__name__, name))
