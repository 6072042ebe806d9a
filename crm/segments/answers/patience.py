"""How long a rule may keep a web process from everybody else, and what to say then."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.errors import QueryCanceled
from sqlalchemy import ClauseElement, ColumnElement, Executable, Select, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer
from crm.errors import Unavailable
from crm.i18n import gettext as _
from crm.segments.answers.tree import leaves
from crm.segments.compile import clause, present
from crm.segments.describe import sentence
from crm.segments.rule import Leaf, Rule
from crm.segments.scope import Scope

PATIENCE_SECONDS = 10
_TIMEOUT = "statement_timeout"


@contextmanager
def patience(session: Session, rule: Rule, scope: Scope) -> Iterator[None]:
    """Bound the time of the statements inside, and leave the transaction usable after a no.

    Raises Unavailable with the condition that costs most.
    """
    try:
        with session.begin_nested():
            before, _now = session.execute(
                select(func.current_setting(_TIMEOUT), _timeout(f"{PATIENCE_SECONDS}s"))
            ).one()
            yield
            session.execute(select(_timeout(before)))
    except DBAPIError as fault:
        if not isinstance(fault.orig, QueryCanceled):
            raise
        raise Unavailable(_slow(session, rule, scope)) from fault


def _timeout(value: str) -> ColumnElement[str]:
    return func.set_config(_TIMEOUT, value, True)


def _slow(session: Session, rule: Rule, scope: Scope) -> str:
    asked = leaves(rule)
    reason = _("This segment takes too long to work out; narrow it down.")
    if len(asked) < 2:
        return reason
    words = sentence(max(asked, key=lambda leaf: cost(session, leaf, scope)), scope.currency)
    return reason + " " + _("Most of the work is: %(clause)s.", clause=words)


def cost(session: Session, leaf: Leaf, scope: Scope) -> float:
    """Ask the planner, who answers at once, what a condition alone would cost."""
    asked = select(func.count()).select_from(Buyer).where(present(scope), clause(leaf, scope))
    (plan,) = session.execute(_Explain(asked)).scalar_one()
    return float(plan["Plan"]["Total Cost"])


class _Explain(Executable, ClauseElement):
    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(_Explain)
def _write(element: _Explain, compiler: Any, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **options)}"
