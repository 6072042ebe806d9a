"""Tells whoever decided about a message what became of it."""

import importlib
from collections.abc import Callable
from datetime import datetime
from functools import cache

from sqlalchemy.orm import Session

from crm.gates.decide import Verdict
from crm.messages.models import Message

Listener = Callable[[Session, Message, Verdict, datetime], None]

# By name, as the timetable names its jobs: a worker that only sends knows them too, and this
# folder does not import the ones above it.
FOLLOWERS = ("crm.campaigns.follow.follow_message",)


def settled(session: Session, message: Message, verdict: Verdict, now: datetime) -> None:
    """Tell every follower the newest verdict about a message, in the transaction that wrote it.

    `send` without a reason: it went out; with `uncertain`: perhaps. `deferred` carries the next
    try. `skipped` is final: a gate, its time, the storefront or the mail server stood against it.
    """
    for follow in _followers():
        follow(session, message, verdict, now)


@cache
def _followers() -> tuple[Listener, ...]:
    found = []
    for name in FOLLOWERS:
        module, _, function = name.rpartition(".")
        found.append(getattr(importlib.import_module(module), function))
    return tuple(found)
