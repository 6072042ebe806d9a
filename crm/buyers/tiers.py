"""Value classes A to F: pure rules, with a reason a seller can argue with.

Three policies: `thresholds` (what was spent and how lately), `percentiles` (the buyer's place
among the store's buyers) and `matrix` (that place against how lately). A buyer goes up as soon as
she meets a bound and goes down only once she is clear of it by the hysteresis.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_date

from crm.i18n import babel_locale, locale, mark
from crm.i18n import gettext as _
from crm.money import Money
from crm.stores.settings import Threshold, TierPolicy

CLASSES = ("A", "B", "C", "D", "E", "F")
LOWEST = "F"
NAMES: Mapping[str, str] = {
    "A": mark("keep at any cost"),
    "B": mark("potential"),
    "C": mark("core"),
    "D": mark("being lost"),
    "E": mark("reduce"),
    "F": mark("stop"),
}
# The best so many percent of the buyers who ever bought.
PERCENTILES: Mapping[str, int] = {"A": 5, "B": 20, "C": 50, "D": 80, "E": 100}
_VALUE = (("high", 20), ("middle", 50), ("low", 100))
_RECENCY = (("fresh", 90), ("cooling", 365))
MATRIX: Mapping[tuple[str, str], str] = {
    ("high", "fresh"): "A",
    ("low", "fresh"): "B",
    ("middle", "fresh"): "C",
    ("high", "cooling"): "D",
    ("middle", "cooling"): "D",
    ("high", "lost"): "D",
    ("low", "cooling"): "E",
    ("middle", "lost"): "E",
    ("low", "lost"): "F",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What a class is judged by; `place` of `ranked` is 1 for the highest spender."""

    orders: int
    spent_minor: int
    last_order_at: datetime | None
    place: int = 0
    ranked: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A class, None for somebody who never bought, and the facts it rests on."""

    tier: str | None
    reason: dict[str, Any]


def classify(
    policy: TierPolicy, figures: Figures, current: str | None, present: datetime
) -> Verdict:
    """Draw a buyer's class at an instant; `current` is kept within the hysteresis."""
    if not figures.orders or figures.last_order_at is None:
        return Verdict(None, {"policy": policy.policy, "orders": 0})
    seen = _Seen(figures, max((present - figures.last_order_at).days, 0))
    strict = _draw(policy, seen, 0)
    kept = False
    if current is not None and strict > current:
        kept = _draw(policy, seen, policy.hysteresis_percent) <= current
    tier = current if kept and current else strict
    return Verdict(tier, _reason(policy, figures, tier, kept))


def name(tier: str) -> str:
    """Name a class in the reader's language."""
    return _(NAMES[tier])


def sentence(reason: Mapping[str, Any] | None, currency: str) -> str:
    """Say why a buyer has her class, in the reader's language."""
    if not reason or not reason.get("orders"):
        return _("No class yet: nothing bought so far.")
    said = _because(reason, Money(reason["spent_minor"], currency).words(locale()))
    if reason.get("kept"):
        said += " " + _("Kept: still within the margin of this class.")
    return said


@dataclass(frozen=True, slots=True)
class _Seen:
    figures: Figures
    days: int


def _draw(policy: TierPolicy, seen: _Seen, ease: int) -> str:
    if policy.policy == "percentiles":
        return _by_place(seen.figures, ease)
    if policy.policy == "matrix":
        return _by_matrix(seen, ease)
    return _by_threshold(policy.thresholds, seen, ease)


def _by_threshold(ladder: Mapping[str, Threshold], seen: _Seen, ease: int) -> str:
    for letter in CLASSES:
        if letter in ladder and _meets(ladder[letter], seen, ease):
            return letter
    return LOWEST


def _meets(asked: Threshold, seen: _Seen, ease: int) -> bool:
    spent, days = seen.figures.spent_minor, asked.last_order_within_days
    if spent * 100 < asked.spent_at_least_minor * (100 - ease):
        return False
    return days is None or seen.days * 100 <= days * (100 + ease)


def _by_place(figures: Figures, ease: int) -> str:
    if figures.spent_minor <= 0:
        return LOWEST
    return next(
        (tier for tier, share in PERCENTILES.items() if _is_among(figures, share, ease)), LOWEST
    )


def _by_matrix(seen: _Seen, ease: int) -> str:
    if seen.figures.spent_minor <= 0:
        return LOWEST
    value = next((word for word, share in _VALUE if _is_among(seen.figures, share, ease)), "low")
    recency = next(
        (word for word, most in _RECENCY if seen.days * 100 <= most * (100 + ease)), "lost"
    )
    return MATRIX[value, recency]


def _is_among(figures: Figures, share: int, ease: int) -> bool:
    """Tell whether the place is among the best `share` percent; the first place always is."""
    if figures.place <= 1:
        return True
    return figures.place * 100 * 100 <= share * figures.ranked * (100 + ease)


def _reason(policy: TierPolicy, figures: Figures, tier: str, kept: bool) -> dict[str, Any]:
    reason: dict[str, Any] = {
        "policy": policy.policy,
        "class": tier,
        "orders": figures.orders,
        "spent_minor": figures.spent_minor,
        "last_order_at": figures.last_order_at.isoformat() if figures.last_order_at else None,
        "kept": kept,
    }
    if policy.policy == "thresholds":
        asked = policy.thresholds.get(tier)
        reason["asks_minor"] = asked.spent_at_least_minor if asked else None
        reason["asks_days"] = asked.last_order_within_days if asked else None
    else:
        reason |= {"place": figures.place, "ranked": figures.ranked}
    return reason


def _because(reason: Mapping[str, Any], spent: str) -> str:
    bought = datetime.fromisoformat(reason["last_order_at"])
    day = format_date(bought.date(), locale=babel_locale(locale()))
    if reason["policy"] == "thresholds":
        return _("Spent %(spent)s, last order on %(day)s.", spent=spent, day=day)
    return _(
        "Spent %(spent)s, last order on %(day)s; place %(place)s of %(ranked)s buyers.",
        spent=spent,
        day=day,
        place=reason["place"],
        ranked=reason["ranked"],
    )
