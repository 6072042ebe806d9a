"""Webhooks shuffled, doubled and lost, then one look at the shop: the state of the in-order run.

A failing shuffle names its world and its number; both are seeds.
"""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from crm import exports, ingest
from crm.events import Event, OrderChanged, OrderDeleted, RefundPosted, Version
from crm.storefronts import Hook, standard
from crm.stores.models import Store
from tests.factories import NOW, make_store
from tests.fakes.fronts import home
from tests.flows.worlds import BEGAN, News, World, make_world

pytestmark = pytest.mark.early
WORLDS, SHUFFLES = 125, 16
LATER = BEGAN + timedelta(days=60)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_any_order_with_repeats_and_losses_heals(session: Session, seed: int) -> None:
    dice = random.Random(seed)
    world = make_world(dice, dice.choice((1, 1, 1, 1, 1, 2)), discards=True)
    told = [events_of(one) for one in world.news]
    shown = [events_of(one)[0] for one in world.last()]
    wanted = state_in_order(session, world)
    for number in range(SHUFFLES):
        dice = random.Random(f"{seed}/{number}")
        found = state_healed(session, dice, shuffled(dice, world, told), shown)
        assert found == wanted, f"world {seed}, shuffle {number}"


def events_of(news: News) -> list[Event]:
    """Read a webhook as we do; a refund is told by itself too, as some platforms do."""
    if news.topic == "order.deleted":
        return [OrderDeleted(Version(news.at, rank=9), news.thing[1])]
    body = json.dumps(news.body).encode()
    (event,) = standard.parse(Hook(body, {}, NOW), home("standard"))
    events: list[Event] = [event]
    if isinstance(event, OrderChanged) and news.topic == "order.refunded":
        events.append(RefundPosted(event.version, event.external_id, event.refunds[-1]))
    return events


def shuffled(dice: random.Random, world: World, told: Sequence[Sequence[Event]]) -> list[Event]:
    """Drop some webhooks, double others, shuffle all; what is gone at the end was told of.

    No list shows what is gone, so that nobody can find out what was not told of it.
    """
    arrival: list[Event] = []
    there = {one.thing for one in world.last()}
    for news, events in zip(world.news, told, strict=True):
        for event in events:
            times = dice.choices((0, 1, 2, 3), (30, 50, 15, 5))[0]
            arrival += [event] * (times if news.thing in there else max(times, 1))
    dice.shuffle(arrival)
    return arrival


def state_in_order(session: Session, world: World) -> list[str]:
    """Give the state after everything came once, one by one and in order."""
    with a_store(session) as store:
        for news in world.news:
            for event in events_of(news):
                ingest.apply(session, store, event, live=True, now=LATER)
        return state_of(session, store)


def state_healed(
    session: Session, dice: random.Random, arrival: Sequence[Event], shown: Sequence[Event]
) -> list[str]:
    """Give the state after webhooks came alone and in batches, then all that the shop shows."""
    waiting = list(arrival)
    with a_store(session) as store:
        while waiting:
            number = dice.choice((1, 8, 30))
            batch, waiting = waiting[:number], waiting[number:]
            if number == 1:
                ingest.apply(session, store, batch[0], live=True, now=LATER)
            else:
                ingest.apply_all(session, store, batch, live=True, now=LATER)
        ingest.apply_all(session, store, shown, live=True, now=LATER)
        return state_of(session, store)


def state_of(session: Session, store: Store) -> list[str]:
    """Export what the store's books say."""
    session.flush()
    return list(exports.lines(session, store, "state"))


@contextmanager
def a_store(session: Session) -> Iterator[Store]:
    """Give a store of its own, of which nothing stays."""
    with session.begin_nested() as attempt:
        yield make_store(session)
        attempt.rollback()
    session.expunge_all()
