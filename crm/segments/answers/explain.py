"""Is she in, and why not: every part of a rule judged for one buyer, with the value behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.segments.answers.patience import patience
from crm.segments.answers.says import say
from crm.segments.answers.tree import Node, inside, leaves
from crm.segments.compile import clause, present
from crm.segments.conditions import conditions
from crm.segments.rule import AllOf, AnyOf, Leaf, Not, Rule, Saved
from crm.segments.scope import scope_of
from crm.segments.values import Value
from crm.stores.models import Store


@dataclass(frozen=True, slots=True)
class Verdict:
    """A part of a rule judged; `value` is what a condition looked at, in words.

    `decisive` parts are those that made the whole true or false.
    """

    place: str
    depth: int
    kind: str
    sentence: str
    holds: bool
    value: str | None
    decisive: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a buyer is in, and every part with its verdict, the whole first."""

    is_in: bool
    is_present: bool
    verdicts: tuple[Verdict, ...]

    @property
    def reasons(self) -> tuple[Verdict, ...]:
        """List the conditions that decided."""
        return tuple(one for one in self.verdicts if one.decisive and one.kind == "condition")


def explain(
    session: Session, store: Store, rule: Rule, buyer_id: int, now: datetime
) -> Explanation:
    """Judge every part of a rule for a buyer of the store. Raises Unavailable when too slow."""
    scope = scope_of(store, now)
    asked = leaves(rule)
    looked_at = [conditions()[leaf.key].value(leaf.params, scope) for leaf in asked]
    columns = [present(scope), *(clause(leaf, scope) for leaf in asked), *_columns(looked_at)]
    chosen = select(*columns).where(Buyer.store_id == store.id, Buyer.id == buyer_id)
    with patience(session, rule, scope):
        row = session.execute(chosen).one()
    is_present, tests, found = row[0], row[1 : 1 + len(asked)], row[1 + len(asked) :]
    said = [one.say(what, scope) for one, what in zip(looked_at, found, strict=True)]
    verdicts = tuple(_Judge(asked, tests, said, store.currency).judge(Node("", 0, rule)))
    return Explanation(is_present and verdicts[0].holds, is_present, verdicts)


def because(told: Explanation) -> str:
    """Say in one sentence whether she is in and what decided."""
    if not told.is_present:
        return _("Not in: this buyer was erased or merged into another.")
    said = "; ".join(
        _(
            "%(clause)s: %(truth)s (%(value)s)",
            clause=one.sentence,
            truth=truth(one.holds),
            value=one.value,
        )
        for one in told.reasons
    )
    if told.is_in:
        return _("In, because of: %(reasons)s", reasons=said)
    return _("Not in, because of: %(reasons)s", reasons=said)


def truth(holds: bool) -> str:
    """Say a truth value."""
    return _("true") if holds else _("false")


def _columns(looked_at: Sequence[Value]) -> list[Any]:
    return [one.column.label(f"v{number}") for number, one in enumerate(looked_at)]


@dataclass(frozen=True)
class _Judge:
    """What is known of one buyer: each condition with its test and its value."""

    asked: Sequence[Leaf]
    tests: Sequence[bool]
    values: Sequence[str]
    currency: str

    def judge(self, node: Node, decisive: bool = True) -> Iterator[Verdict]:
        truth, leaf = self._holds(node.rule), node.rule if isinstance(node.rule, Leaf) else None
        yield Verdict(
            place=node.place,
            depth=node.depth,
            kind=node.kind,
            sentence=say(node.rule, self.currency),
            holds=truth,
            value=self.values[self.asked.index(leaf)] if leaf else None,
            decisive=decisive,
        )
        for part in inside(node):
            yield from self.judge(part, decisive and self._decides(node.rule, part.rule))

    def _decides(self, whole: Rule, part: Rule) -> bool:
        """A false "all" was spoilt by its false parts, a true "any" was made by its true ones."""
        if isinstance(whole, AllOf | AnyOf):
            truth = self._holds(whole)
            return truth is isinstance(whole, AllOf) or self._holds(part) is truth
        return True

    def _holds(self, rule: Rule) -> bool:
        match rule:
            case AllOf(rules):
                return all(self._holds(part) for part in rules)
            case AnyOf(rules):
                return any(self._holds(part) for part in rules)
            case Not(part):
                return not self._holds(part)
            case Saved(_id, _name, inner):
                return inner is not None and self._holds(inner)
            case Leaf():
                return self.tests[self.asked.index(rule)]
