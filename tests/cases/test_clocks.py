"""The clocks of a case."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm.cases.clocks import Standing, due, is_overdue
from crm.stores.settings import CaseClocks
from tests.factories import NOW

POLICY = CaseClocks(
    first_answer_hours=24,
    next_update_hours=12,
    resolution_hours=120,
    low_score=2,
    refund_mute_days=7,
)
FRESH = Standing("question", None, "open", favoured=False, opened_at=NOW)


def test_a_new_case_first_needs_an_answer() -> None:
    clocks = due(FRESH, POLICY)
    assert clocks.first_answer_at == NOW + timedelta(hours=24)
    assert clocks.next_update_at is None
    assert clocks.resolution_at == NOW + timedelta(hours=120)
    assert clocks.next_at == clocks.first_answer_at


def test_after_the_first_answer_the_update_clock_runs_from_what_the_buyer_last_heard() -> None:
    heard = NOW + timedelta(hours=3)
    clocks = due(replace(FRESH, first_answer_at=NOW, told_at=heard), POLICY)
    assert clocks.first_answer_at is None
    assert clocks.next_at == heard + timedelta(hours=12)


@pytest.mark.parametrize("state", ["waiting_buyer", "resolved"])
def test_while_it_is_the_buyers_turn_only_the_end_is_due(state: str) -> None:
    clocks = due(replace(FRESH, state=state, first_answer_at=NOW), POLICY)
    assert clocks.next_at == clocks.resolution_at


def test_an_early_promise_is_due_before_anything_else() -> None:
    promised = NOW + timedelta(hours=2)
    assert due(replace(FRESH, promised_at=(promised,)), POLICY).next_at == promised


@pytest.mark.parametrize(
    ("type_", "cause", "hours"),
    [
        ("complaint", None, 72),
        ("bad_review", None, 72),
        ("question", "quality/defect", 72),
        ("complaint", "transport/late", 120),
        ("lost_parcel", None, 240),
        ("return", "quality", 72),
        ("question", None, 120),
    ],
)
def test_quality_is_settled_in_three_days_and_parcels_may_take_longer(
    type_: str, cause: str | None, hours: int
) -> None:
    clocks = due(replace(FRESH, type=type_, cause=cause), POLICY)
    assert clocks.resolution_at == NOW + timedelta(hours=hours)


def test_the_best_buyers_clocks_run_twice_as_fast() -> None:
    clocks = due(replace(FRESH, favoured=True), POLICY)
    assert clocks.first_answer_at == NOW + timedelta(hours=12)
    assert clocks.resolution_at == NOW + timedelta(hours=60)


def test_a_closed_case_is_never_overdue() -> None:
    late = NOW + timedelta(seconds=1)
    assert is_overdue(NOW, "open", late)
    assert not is_overdue(NOW, "open", NOW)
    assert not is_overdue(NOW, "closed", late)
