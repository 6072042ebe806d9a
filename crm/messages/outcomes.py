"""Tells whoever decided about a message what became of it."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from crm.gates.decide import Verdict
from crm.messages.models import Message

Listener = Callable[[Session, Message, Verdict, datetime], None]

LISTENERS: list[Listener] = []


def settled(session: Session, message: Message, verdict: Verdict, now: datetime) -> None:
    """Tell every listener the newest verdict about a message, in the transaction that wrote it.

    `send` without a reason: it went out; with `uncertain`: perhaps. `deferred` carries the next
    try. `skipped` is final: a gate, its time, the storefront or the mail server stood against it.
    """
    for listener in LISTENERS:
        listener(session, message, verdict, now)


def on_settled(listener: Listener) -> Listener:
    """Have a function called by `settled`; registering it again changes nothing."""
    if listener not in LISTENERS:
        LISTENERS.append(listener)
    return listener
