"""A rule as a sentence in the reader's language."""

from collections.abc import Sequence

from crm.i18n import gettext as _
from crm.segments.conditions import conditions
from crm.segments.rule import AllOf, AnyOf, Leaf, Not, Rule, Saved


def sentence(rule: Rule, currency: str = "") -> str:
    """Say who is in the segment: 'VIP buyers whose last order was at least 90 days ago'."""
    buyers, rest = _noun(rule)
    if rest is None:
        return buyers
    return _("%(buyers)s %(clause)s", buyers=buyers, clause=_clause(rest, currency))


def _noun(rule: Rule) -> tuple[str, Rule | None]:
    """Take out the first condition that can be said by a noun."""
    parts = rule.rules if isinstance(rule, AllOf) else (rule,)
    for place, part in enumerate(parts):
        if noun := _said_by_noun(part):
            rest = parts[:place] + parts[place + 1 :]
            return noun, AllOf(rest) if rest else None
    return _("Buyers"), rule


def _said_by_noun(rule: Rule) -> str | None:
    if not isinstance(rule, Leaf):
        return None
    noun = getattr(conditions()[rule.key], "noun", None)
    return noun(rule.params) if noun else None


def _clause(rule: Rule, currency: str, *, within: type | None = None) -> str:
    match rule:
        case AllOf(rules):
            return _joined(rules, currency, AllOf, within)
        case AnyOf(rules):
            return _joined(rules, currency, AnyOf, within)
        case Not(part):
            clause = _clause(part, currency, within=Not)
            if within in (AllOf, AnyOf) and not isinstance(part, AllOf | AnyOf):
                clause = _bracketed(clause)
            return _("who are not among those %(clause)s", clause=clause)
        case Leaf(key, params):
            return conditions()[key].describe(params, currency)
        case Saved(segment_id, name):
            return _("who are in the segment “%(name)s”", name=name or segment_id)


def _joined(rules: Sequence[Rule], currency: str, kind: type, within: type | None) -> str:
    if len(rules) == 1:
        return _clause(rules[0], currency, within=within)
    words = [_clause(part, currency, within=kind) for part in rules]
    said = words[0]
    for clause in words[1:]:
        parts = {"first": said, "second": clause}
        said = (
            _("%(first)s and %(second)s", **parts)
            if kind is AllOf
            else _("%(first)s or %(second)s", **parts)
        )
    # Brackets keep "a and (b or c)" apart from "(a and b) or c".
    return said if within in (None, kind) else _bracketed(said)


def _bracketed(clause: str) -> str:
    return _("(%(clause)s)", clause=clause)
