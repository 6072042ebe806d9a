"""Shopify's news in any order, doubled and with gaps, ends in the books of the news in order."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from sqlalchemy.orm import Session

from crm import ingest
from crm.events import Event
from crm.exports import lines
from crm.storefronts import Home, Hook, shopify
from tests.factories import NOW, make_store
from tests.fakes.fronts import shopify as front
from tests.fakes.senders import raw

HOME = Home("EUR", "Europe/Berlin", "DE", "de", dict(shopify.OPTIONS))
RECEIVED = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)
# One buyer's story.
STORY = (
    "customer-created",
    "consent-email-given",
    "order-placed",
    "order-paid",
    "order-fulfilled",
    "refund-of-lines",
    "refund-of-shipping",
    "order-refunded-partly",
    "consent-email-withdrawn",
    "order-at-the-counter",
    "order-test",
)


@cache
def told(stem: str) -> tuple[Event, ...]:
    """Read one of the payloads as its webhook."""
    headers, content = front.post("s", front.CASES[stem], raw(f"shopify/{stem}"))
    lower = {name.lower(): value for name, value in headers.items()}
    return shopify.parse(Hook(content, lower, RECEIVED), HOME)


def state_after(session: Session, stems: Sequence[str]) -> list[str]:
    """Take webhooks into a store of their own and give its state; nothing of it stays."""
    with session.begin_nested() as attempt:
        store = make_store(session)
        for stem in stems:
            for event in told(stem):
                ingest.apply(session, store, event, live=False, now=NOW)
        session.flush()
        state = list(lines(session, store, "state"))
        attempt.rollback()
    session.expunge_all()
    return state


def test_any_order_of_arrival_ends_alike(session: Session) -> None:
    wanted = state_after(session, STORY)
    assert len(wanted) > 5
    dice = random.Random(2026)
    for _ in range(25):
        shuffled = [*STORY, *dice.choices(STORY, k=4)]
        dice.shuffle(shuffled)
        assert state_after(session, shuffled) == wanted, shuffled


def test_steps_that_never_came_are_not_missed_in_the_end(session: Session) -> None:
    wanted = state_after(session, STORY)
    for lost in ("order-placed", "order-paid", "order-fulfilled", "refund-of-lines"):
        rest = [stem for stem in reversed(STORY) if stem != lost]
        assert state_after(session, rest) == wanted, lost
