"""`crm bench segments`: both count the same buyers, and every figure is there."""

import json

import pytest
from click.testing import CliRunner

from crm import config
from crm.bench.segments_floor import QUESTIONS
from crm.cli import main
from crm.config import Settings
from crm.segments.rule import parse

pytestmark = pytest.mark.early


def test_every_segment_is_counted_and_nothing_stays_behind(settings: Settings) -> None:
    before = config.settings()
    done = CliRunner().invoke(main, ["bench", "segments", "--size", "1500", "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.output)
    assert (figures["bench"], figures["size"]) == ("segments", 1500)
    assert len(QUESTIONS) == 8
    for name in QUESTIONS:
        assert 0 < figures[f"{name}_buyers"] < 1500
        assert figures[f"{name}_ms"] > 0
        assert figures[f"{name}_floor_ms"] > 0
    assert figures["ratio"] == min(figures[f"{name}_ratio"] for name in QUESTIONS)
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert figures["memory_mb"] > 10
    assert config.settings() == before


def test_every_rule_of_the_bench_is_one() -> None:
    for question in QUESTIONS.values():
        parse(dict(question.rule))
