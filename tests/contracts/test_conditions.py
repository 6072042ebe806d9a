"""What every condition owes to rules, forms, readers and the handbook."""

import inspect
import json
import random
import re
from pathlib import Path

import pytest

from crm.i18n import LOCALES, speaking
from crm.segments.conditions import conditions
from crm.segments.conditions_schema import conditions_schema
from crm.segments.describe import sentence
from crm.segments.fields import Param
from crm.segments.params import Params
from crm.segments.rule import Leaf, parse
from tests.segments import rules

HANDBOOK = Path(__file__).parents[2] / "docs" / "segments.md"
KEYS = sorted(conditions())
PROMISED = {
    "order_count", "total_spent", "average_order", "first_order", "last_order", "bought_product",
    "refunded", "tier", "vip", "tag", "city", "country", "occupation", "birthday", "last_rating",
    "last_score", "consent", "messaged", "clicked", "coupon_unused", "open_case", "attribute",
    "top_spenders", "joined", "order_weekday_hour",
}  # fmt: skip


def test_every_promised_condition_is_there() -> None:
    assert set(KEYS) >= PROMISED


@pytest.mark.parametrize("key", KEYS)
def test_a_condition_defines_what_a_condition_is(key: str) -> None:
    condition = conditions()[key]
    assert condition.LABEL
    assert issubclass(condition.Params, Params)
    assert all(isinstance(field, Param) for field in condition.Params().fields.values())
    for verb in (condition.where, condition.describe):
        assert len(inspect.signature(verb).parameters) == 2
        assert inspect.getdoc(verb)


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("key", KEYS)
def test_a_condition_can_be_said_with_any_params_in_any_language(key: str, language: str) -> None:
    dice = random.Random(key)
    with speaking(language):
        for _ in range(30):
            said = sentence(parse(rules.leaf(dice, key)), "EUR")
            assert said
            assert "%(" not in said
            assert "  " not in said
            assert "('" not in said


def test_a_form_can_be_drawn_from_the_schema_of_every_condition() -> None:
    schema = conditions_schema()
    assert [one["key"] for one in schema] == KEYS
    assert json.loads(json.dumps(schema)) == schema
    for one in schema:
        assert one["label"]
        names = {param["name"] for param in one["params"]}
        assert names >= set(one["needs_one_of"])
        assert all({"name", "type", "label", "required"} <= set(param) for param in one["params"])
    tier = next(one for one in schema if one["key"] == "tier")
    choices = {param["name"]: param["choices"] for param in tier["params"]}
    assert choices["any_of"][0] == {"value": "A", "label": "A"}


@pytest.mark.parametrize("key", KEYS)
def test_the_handbook_shows_an_example_of_the_condition_that_works(key: str) -> None:
    examples = re.findall(r"`(\{.*?\})`", _row(key))
    assert examples
    for example in examples:
        rule = parse(json.loads(example))
        assert isinstance(rule, Leaf)
        assert rule.key == key


@pytest.mark.parametrize("key", KEYS)
def test_the_handbook_names_every_param_of_the_condition(key: str) -> None:
    told = next(one for one in conditions_schema() if one["key"] == key)
    assert [
        param["name"] for param in told["params"] if f"`{param['name']}`" not in _row(key)
    ] == []


def _row(key: str) -> str:
    lines = HANDBOOK.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"| `{key}` |"))
