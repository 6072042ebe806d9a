"""The SQL of every rule names the very buyers that a second telling in plain Python names."""

import random
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.segments.answers.counts import count_parts
from crm.segments.answers.explain import explain
from crm.segments.answers.patience import cost
from crm.segments.compile import clause, present, where
from crm.segments.conditions import conditions
from crm.segments.models import RfmCuts
from crm.segments.nesting import recall
from crm.segments.nightly import rfm
from crm.segments.queries import save_segment
from crm.segments.rule import Leaf, parse
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
PEOPLE = 300
# Over the scenes more than 2,000 rules: every condition alone, turned round, and nested ones.
EACH_CONDITION = 4
NESTED_RULES = 300
SAVED = 12
# So many rules are asked at once, as columns of one SELECT.
AT_ONCE = 40


def _settle(session: Session, scene: int) -> tuple[Store, oracle.World, random.Random]:
    now, zone = SCENES[scene]
    dice = random.Random(scene)
    store = make_store(session, timezone=zone)
    neighbour = make_store(session, timezone=zone)
    people = worlds.invent(dice, PEOPLE, now)
    rows.keep(session, neighbour, worlds.invent(dice, 10, now), now)
    rows.keep(session, store, people, now)
    world = oracle.World(people, now, ZoneInfo(zone))
    rfm.draw(session, store.id, now)
    world.fifths = oracle.draw_fifths(world)
    return store, world, dice


def _save(session: Session, store: Store, world: oracle.World, dice: random.Random) -> None:
    """Keep segments, of which the later use the earlier."""
    for number in range(SAVED):
        rule = rules.nested(dice, 1, list(world.saved))
        kept = save_segment(session, store, f"S{number}", rule, world.now)
        world.saved[str(kept.id)] = rule


def _made(dice: random.Random, saved: list[str]) -> list[dict[str, Any]]:
    leaves = [rules.leaf(dice, key) for key in rules.MAKERS for _ in range(EACH_CONDITION)]
    turned = [{"not": rule} for rule in leaves]
    return leaves + turned + [rules.nested(dice, 3, saved) for _ in range(NESTED_RULES)]


def _members(
    session: Session, store: Store, asked: list[dict[str, Any]], now: datetime
) -> list[set[int]]:
    scope = scope_of(store, now)
    tests = [clause(recall(session, store, rule), scope) for rule in asked]
    rows = session.execute(select(Buyer.id, *tests).where(present(scope))).all()
    return [{row[0] for row in rows if row[place]} for place in range(1, len(asked) + 1)]


@pytest.mark.parametrize("scene", range(len(SCENES)))
def test_random_rules_mean_the_same_in_sql_and_in_plain_python(
    session: Session, scene: int
) -> None:
    store, world, dice = _settle(session, scene)
    _save(session, store, world, dice)
    made = _made(dice, list(world.saved))
    for start in range(0, len(made), AT_ONCE):
        asked = made[start : start + AT_ONCE]
        for rule, found in zip(asked, _members(session, store, asked, world.now), strict=True):
            assert found == oracle.members(rule, world), rule


def test_a_rule_asked_by_itself_finds_the_same(session: Session) -> None:
    store, world, dice = _settle(session, 1)
    for key in rules.MAKERS:
        rule = rules.leaf(dice, key)
        chosen = where(parse(rule), scope_of(store, world.now))
        found = set(session.scalars(select(Buyer.id).where(chosen)))
        assert found == oracle.members(rule, world), rule


def test_before_the_first_night_nobody_has_a_score(session: Session) -> None:
    store, world, dice = _settle(session, 0)
    session.execute(delete(RfmCuts))
    world.fifths = {}
    rule = {"any": [rules.leaf(dice, "rfm"), {"not": rules.leaf(dice, "rfm")}]}
    for part in (*rule["any"], rule):
        (found,) = _members(session, store, [part], world.now)
        assert found == oracle.members(part, world)


def test_what_is_told_of_one_buyer_agrees_with_the_second_telling(session: Session) -> None:
    store, world, dice = _settle(session, 3)
    _save(session, store, world, dice)
    for who in dice.sample(world.people, 40):
        rule = rules.nested(dice, 3, list(world.saved))
        told = explain(session, store, recall(session, store, rule), who.id, world.now)
        assert told.is_in is (who.id in oracle.members(rule, world)), rule
        assert told.verdicts[0].holds is oracle.fulfils(rule, who, world)
        assert all(one.value for one in told.verdicts if one.kind == "condition")


def test_the_counts_of_parts_agree_with_the_second_telling(session: Session) -> None:
    store, world, dice = _settle(session, 2)
    for _ in range(20):
        leaves = [rules.leaf(dice, dice.choice(list(rules.MAKERS))) for _ in range(3)]
        rule = {"all": [leaves[0], {"any": leaves[1:]}]}
        parts = count_parts(session, store, parse(rule), world.now)
        counted = {part.place: part.count for part in parts}
        asked = {"": rule, "all.0": leaves[0], "all.1": {"any": leaves[1:]}}
        asked |= {f"all.1.any.{place}": leaf for place, leaf in enumerate(leaves[1:])}
        assert counted == {
            place: len(oracle.members(part, world)) for place, part in asked.items()
        }, rule


def test_no_condition_ever_leaves_a_buyer_undecided(session: Session) -> None:
    store, world, dice = _settle(session, 0)
    for key in conditions():
        asked = clause(parse(rules.leaf(dice, key)), scope_of(store, world.now))
        undecided = select(func.count()).select_from(Buyer).where(asked.is_(None))
        assert session.scalars(undecided).one() == 0, key


def test_the_planner_can_be_asked_what_any_condition_costs(session: Session) -> None:
    store, world, dice = _settle(session, 0)
    for key in conditions():
        leaf = parse(rules.leaf(dice, key))
        assert isinstance(leaf, Leaf)
        assert cost(session, leaf, scope_of(store, world.now)) > 0, key


def test_the_second_telling_knows_every_condition() -> None:
    assert set(oracle.CONDITIONS) == set(rules.MAKERS) == set(conditions())
