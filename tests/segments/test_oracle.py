"""The SQL of every rule names the very buyers that a second telling in plain Python names."""

import random
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.segments.compile import clause, where
from crm.segments.conditions import conditions
from crm.segments.rule import parse
from crm.segments.scope import scope_of
from crm.stores.models import Store
from tests.factories import make_store
from tests.segments import oracle, rows, rules, worlds

# Across the year's end, before 29 February in a common and in a leap year, and in a lunar leap
# month; late in the evening UTC it is already tomorrow in Berlin and still yesterday in Honolulu.
SCENES = (
    (datetime(2026, 12, 28, 23, 30, tzinfo=UTC), "Europe/Berlin"),
    (datetime(2027, 2, 20, 4, 0, tzinfo=UTC), "Pacific/Honolulu"),
    (datetime(2028, 2, 20, 12, 0, tzinfo=UTC), "Asia/Shanghai"),
    (datetime(2025, 7, 10, 18, 0, tzinfo=UTC), "Asia/Shanghai"),
)
EACH_CONDITION = 2
NESTED_RULES = 50
PEOPLE = 120


def _settle(session: Session, scene: int) -> tuple[Store, oracle.World, random.Random]:
    now, zone = SCENES[scene]
    dice = random.Random(scene)
    store = make_store(session, timezone=zone)
    neighbour = make_store(session, timezone=zone)
    people = worlds.invent(dice, PEOPLE, now)
    rows.keep(session, neighbour, worlds.invent(dice, 10, now), now)
    rows.keep(session, store, people, now)
    return store, oracle.World(people, now, ZoneInfo(zone)), dice


def _made(dice: random.Random) -> list[dict[str, Any]]:
    leaves = [rules.leaf(dice, key) for key in rules.MAKERS for _ in range(EACH_CONDITION)]
    turned = [{"not": rule} for rule in leaves]
    return leaves + turned + [rules.nested(dice) for _ in range(NESTED_RULES)]


@pytest.mark.parametrize("scene", range(len(SCENES)))
def test_random_rules_mean_the_same_in_sql_and_in_plain_python(
    session: Session, scene: int
) -> None:
    store, world, dice = _settle(session, scene)
    for rule in _made(dice):
        chosen = where(parse(rule), scope_of(store, world.now))
        found = set(session.scalars(select(Buyer.id).where(chosen)))
        assert found == oracle.members(rule, world), rule


def test_no_condition_ever_leaves_a_buyer_undecided(session: Session) -> None:
    store, world, dice = _settle(session, 0)
    for key in conditions():
        asked = clause(parse(rules.leaf(dice, key)), scope_of(store, world.now))
        undecided = select(func.count()).select_from(Buyer).where(asked.is_(None))
        assert session.scalars(undecided).one() == 0, key


def test_the_second_telling_knows_every_condition() -> None:
    assert set(oracle.CONDITIONS) == set(rules.MAKERS) == set(conditions())
