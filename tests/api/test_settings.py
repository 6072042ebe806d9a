"""Settings over the API."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from crm.stores.models import Store
from tests.api.conftest import Program, program


def test_what_get_gives_put_takes_back(api: Program, store: Store) -> None:
    before = api.get(f"/settings/{store.slug}")
    assert api.put(f"/settings/{store.slug}", before) == before
    before["frequency_caps"] = [
        {"name": "week", "limit": 2, "days": 7, "channel": None, "counts": "promotions"}
    ]
    assert api.put(f"/settings/{store.slug}", before)["frequency_caps"] == before["frequency_caps"]
    assert api.get(f"/settings/{store.slug}") == before


def test_a_setting_that_is_wrong_or_unknown_is_named(api: Program, store: Store) -> None:
    whole = api.get(f"/settings/{store.slug}")
    whole["quiet_hours"] = {**whole["quiet_hours"], "start": "25:00"}
    problem = api.refused("PUT", f"/settings/{store.slug}", 422, json=whole)
    assert "quiet_hours.start" in problem["errors"]
    problem = api.refused("PUT", f"/settings/{store.slug}", 422, json={"surprise": 1})
    assert "surprise" in problem["errors"]


@pytest.mark.parametrize(
    ("part", "wrong", "place"),
    [
        ("sender", {"email": "nobody"}, "sender.email"),
        ("quiet_hours", {"preset": "CN", "start": "23:00"}, "quiet_hours.start"),
        (
            "tiers",
            {"thresholds": {"A": {"spent_at_least": 1000}}},
            "tiers.thresholds.A.spent_at_least",
        ),
        ("tiers", {"thresholds": {"Z": {"spent_at_least": "1"}}}, "tiers.thresholds.Z"),
    ],
)
def test_a_wrong_setting_is_named_by_the_place_where_it_stands(
    api: Program, store: Store, part: str, wrong: dict[str, Any], place: str
) -> None:
    whole = api.get(f"/settings/{store.slug}")
    whole[part] |= wrong
    problem = api.refused("PUT", f"/settings/{store.slug}", 422, json=whole)
    assert list(problem["errors"]) == [place]


def test_a_marketer_reads_settings_but_does_not_write_them(
    client: FlaskClient, store: Store
) -> None:
    marketer = program(client, "marketer", [store])
    whole = marketer.get(f"/settings/{store.slug}")
    marketer.refused("PUT", f"/settings/{store.slug}", 403, json=whole)
