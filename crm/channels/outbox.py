"""The local outbox: without a mail server every message is kept to be looked at, never sent."""

from collections.abc import Callable

from crm.channels import Envelope, Reply
from crm.i18n import mark

LABEL = mark("Local outbox")


def send(envelope: Envelope, before_dot: Callable[[], bool]) -> Reply:
    """Take the message; its row keeps what the panel shows."""
    if not before_dot():
        return Reply("withdrawn")
    return Reply("accepted", 250, "kept in the local outbox", remote_id=envelope.message_id)
