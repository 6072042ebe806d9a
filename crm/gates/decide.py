"""The verdict about one buyer and one occasion: a pure function of facts, policy and now."""

from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from crm.gates.hours import is_quiet, next_allowed
from crm.stores.settings import QuietHours

RULES_VERSION = "1"
MUTED_KINDS = frozenset({"promotion", "win_back", "review_request"})
# What the cap that counts "promotions" counts; greetings and birthdays keep their own room.
PROMOTIONAL_KINDS = frozenset({"promotion", "win_back"})
ORDER_MUST_STAND = frozenset({"survey", "review_request"})

Outcome = Literal["send", "deferred", "skipped", "held_out"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a buyer at the moment of deciding; times are aware UTC."""

    has_address: bool
    consent: str  # granted | withdrawn | none
    suppressed: bool
    erased: bool
    open_cases: int
    last_refund_at: datetime | None
    order_status: str | None
    order_payment: str | None
    zone: str
    zone_source: str
    held_out: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules that hold for one occasion of a campaign."""

    kind: str
    transactional: bool
    quiet_hours: QuietHours
    refund_mute_days: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided, the first rule that stood against it, and the facts that rule used."""

    outcome: Outcome
    reason: str | None
    facts: dict[str, Any]
    not_before: datetime | None = None


def decide(facts: Facts, policy: Policy, now: datetime) -> Verdict:
    """Decide whether to write now; the first rule that stands against it gives the reason."""
    kept = evidence(facts, policy, now)
    reason = _refusal(facts, policy, now)
    if reason is not None:
        return Verdict("skipped", reason, kept)
    if policy.transactional:
        return Verdict("send", None, kept)
    if facts.held_out:
        return Verdict("held_out", "holdout", kept)
    zone = ZoneInfo(facts.zone)
    if not is_quiet(now, zone, policy.quiet_hours):
        return Verdict("send", None, kept)
    later = next_allowed(now, zone, policy.quiet_hours)
    if later >= policy.expires_at:
        return Verdict("skipped", "expired", kept)
    return Verdict("deferred", "quiet_hours", kept, later)


def evidence(facts: Facts, policy: Policy, now: datetime) -> dict[str, Any]:
    """Write down facts and policy so that the same verdict can be reached again from them."""
    kept = asdict(facts)
    kept["last_refund_at"] = _text(facts.last_refund_at)
    quiet = policy.quiet_hours
    kept["policy"] = {
        "kind": policy.kind,
        "transactional": policy.transactional,
        "quiet_hours": [quiet.start.isoformat("minutes"), quiet.end.isoformat("minutes")],
        "refund_mute_days": policy.refund_mute_days,
        "expires_at": _text(policy.expires_at),
        "now": _text(now),
    }
    return kept


def decide_again(kept: dict[str, Any]) -> Verdict:
    """Reach the verdict again from the evidence a decision keeps."""
    known = {name: kept[name] for name in Facts.__slots__}
    known["last_refund_at"] = _instant(kept["last_refund_at"])
    rules = kept["policy"]
    start, end = (time.fromisoformat(text) for text in rules["quiet_hours"])
    policy = Policy(
        rules["kind"],
        rules["transactional"],
        QuietHours(start, end, ""),
        rules["refund_mute_days"],
        datetime.fromisoformat(rules["expires_at"]),
    )
    return decide(Facts(**known), policy, datetime.fromisoformat(rules["now"]))


def _refusal(facts: Facts, policy: Policy, now: datetime) -> str | None:
    if facts.erased:
        return "erased"
    if not facts.has_address:
        return "no_address"
    if facts.suppressed:
        return "suppressed"
    if policy.expires_at <= now:
        return "expired"
    if policy.transactional:
        return None
    if facts.consent != "granted":
        return "no_consent"
    return _order_refusal(facts, policy.kind) or _muting(facts, policy, now)


def _order_refusal(facts: Facts, kind: str) -> str | None:
    if kind not in ORDER_MUST_STAND:
        return None
    if facts.order_status == "cancelled":
        return "order_cancelled"
    return "order_refunded" if facts.order_payment == "refunded" else None


def _muting(facts: Facts, policy: Policy, now: datetime) -> str | None:
    if policy.kind not in MUTED_KINDS:
        return None
    if facts.open_cases:
        return "open_case"
    mute = timedelta(days=policy.refund_mute_days)
    if facts.last_refund_at is not None and now - facts.last_refund_at < mute:
        return "recent_refund"
    return None


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
