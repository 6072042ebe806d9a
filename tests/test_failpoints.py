"""Failpoints: inert unless armed, and then exactly what was asked for."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from crm import failpoints


@pytest.fixture(autouse=True)
def _disarm() -> Iterator[None]:
    yield
    failpoints.arm("")


def test_a_point_that_is_not_armed_does_nothing() -> None:
    failpoints.arm("after_accept=raise:1")
    failpoints.hit("after_claim")


def test_a_point_armed_to_raise_raises() -> None:
    failpoints.arm("after_claim=raise:1.0")
    with pytest.raises(failpoints.FailpointReached, match="after_claim"):
        failpoints.hit("after_claim")


def test_a_point_armed_to_sleep_sleeps() -> None:
    failpoints.arm("after_claim=sleep:0.05")
    before = time.monotonic()
    failpoints.hit("after_claim")
    assert time.monotonic() - before >= 0.05


def test_a_point_armed_to_kill_kills_at_the_nth_hit_only() -> None:
    program = (
        "from crm import failpoints\n"
        "failpoints.arm('after_claim=kill:nth3; before_final_dot=sleep:0')\n"
        "for number in range(1, 9):\n"
        "    print(number, flush=True)\n"
        "    failpoints.hit('after_claim')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert done.returncode == -9
    assert done.stdout.split() == ["1", "2", "3"]


@pytest.mark.parametrize(
    "text", ["after_claim", "after_claim=kill:0", "after_claim=raise:2", "x=kill"]
)
def test_a_text_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        failpoints.parse(text)
