"""Failpoints: each point on the list is passed somewhere, and no other is."""

import re
from pathlib import Path

from crm.failpoints import POINTS

CRM = Path(__file__).parents[2] / "crm"


def test_the_points_that_are_passed_are_the_points_on_the_list() -> None:
    passed = set()
    for path in CRM.rglob("*.py"):
        passed |= set(re.findall(r"failpoints\.hit\(\"(\w+)\"\)", path.read_text(encoding="utf-8")))
    assert passed == set(POINTS)
