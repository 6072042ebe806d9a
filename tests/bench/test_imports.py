"""`crm bench import`: files and a bare COPY write the same rows, and every figure is there."""

import json

import pytest
from click.testing import CliRunner

from crm import config
from crm.cli import main
from crm.config import Settings

pytestmark = pytest.mark.early


def test_every_figure_is_measured_and_nothing_stays_behind(settings: Settings) -> None:
    before = config.settings()
    done = CliRunner().invoke(main, ["bench", "import", "--size", "300", "--json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.output)
    assert (figures["bench"], figures["size"]) == ("import", 300)
    for name in ("", "buyers_", "orders_"):
        assert 0.001 < figures[f"{name}ratio"] < 2
        assert figures[f"{name}floor_rate"] > figures[f"{name}rate"] > 1
    assert figures["again_rate"] > 1
    assert figures["memory_mb"] > 10
    assert config.settings() == before
