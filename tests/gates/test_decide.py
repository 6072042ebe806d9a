from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from crm.gates.decide import Facts, Policy, decide, decide_again
from crm.stores.settings import QuietHours

NOON = datetime(2026, 11, 21, 11, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 23, tzinfo=UTC)
ADA = Facts(
    has_address=True,
    consent="granted",
    suppressed=False,
    erased=False,
    open_cases=0,
    last_refund_at=None,
    order_status=None,
    order_payment=None,
    zone="Europe/Berlin",
    zone_source="address",
    held_out=False,
)
OFFER = Policy("promotion", False, QuietHours(time(21), time(9), "EU"), 7, NOON + timedelta(days=3))
SURVEY = replace(OFFER, kind="survey")
NOTICE = replace(OFFER, kind="order_notice", transactional=True)


@pytest.mark.parametrize(
    ("changes", "policy", "now", "outcome", "reason"),
    [
        ({}, OFFER, NOON, "send", None),
        ({"erased": True}, OFFER, NOON, "skipped", "erased"),
        ({"has_address": False}, OFFER, NOON, "skipped", "no_address"),
        ({"suppressed": True}, OFFER, NOON, "skipped", "suppressed"),
        ({"consent": "none"}, OFFER, NOON, "skipped", "no_consent"),
        ({"consent": "withdrawn"}, OFFER, NOON, "skipped", "no_consent"),
        ({"consent": "withdrawn"}, NOTICE, NIGHT, "send", None),
        ({"suppressed": True}, NOTICE, NOON, "skipped", "suppressed"),
        ({"open_cases": 1}, OFFER, NOON, "skipped", "open_case"),
        ({"open_cases": 1}, SURVEY, NOON, "send", None),
        ({"last_refund_at": NOON - timedelta(days=6)}, OFFER, NOON, "skipped", "recent_refund"),
        ({"last_refund_at": NOON - timedelta(days=7)}, OFFER, NOON, "send", None),
        ({"order_status": "cancelled"}, SURVEY, NOON, "skipped", "order_cancelled"),
        ({"order_payment": "refunded"}, SURVEY, NOON, "skipped", "order_refunded"),
        ({"order_payment": "partially_refunded"}, SURVEY, NOON, "send", None),
        ({"held_out": True}, OFFER, NOON, "held_out", "holdout"),
        ({}, OFFER, NIGHT, "deferred", "quiet_hours"),
        ({}, OFFER, NOON + timedelta(days=3), "skipped", "expired"),
    ],
)
def test_the_first_rule_that_stands_against_it_gives_the_reason(
    changes: dict[str, object], policy: Policy, now: datetime, outcome: str, reason: str | None
) -> None:
    verdict = decide(replace(ADA, **changes), policy, now)  # type: ignore[arg-type]
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    again = decide_again(verdict.facts)
    assert (again.outcome, again.reason, again.not_before) == (outcome, reason, verdict.not_before)


def test_a_quiet_hour_defers_to_the_morning_where_the_buyer_lives() -> None:
    shanghai = replace(ADA, zone="Asia/Shanghai")
    verdict = decide(shanghai, OFFER, NIGHT - timedelta(hours=3))
    assert verdict.not_before == datetime(2026, 11, 22, 1, tzinfo=UTC)


def test_a_message_that_would_lapse_before_the_morning_lapses_now() -> None:
    short = replace(OFFER, expires_at=NIGHT + timedelta(hours=2))
    assert decide(ADA, short, NIGHT).reason == "expired"
