"""One file per condition: its file name is its key in a rule."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol, cast

from sqlalchemy import ColumnElement

from crm import registry
from crm.segments.params import Params
from crm.segments.scope import Scope
from crm.segments.values import Value


class Condition(Protocol):
    """What a condition's module defines."""

    # Its name in a form, marked for the catalogue.
    LABEL: str
    # The params it takes.
    Params: type[Params]

    def where(self, params: Mapping[str, Any], scope: Scope, /) -> ColumnElement[bool]:
        """Say in SQL over Buyer who fulfils it: true or false for everybody, never NULL."""
        ...

    def value(self, params: Mapping[str, Any], scope: Scope, /) -> Value:
        """Give what it looks at for one buyer, to say why she fulfils it or not."""
        ...

    def describe(self, params: Mapping[str, Any], currency: str, /) -> str:
        """Say it as a clause that follows 'Buyers', in the reader's language."""
        ...


@cache
def conditions() -> dict[str, Condition]:
    """Load every condition, sorted by key."""
    return {key: cast(Condition, module) for key, module in registry.plugins(__name__).items()}
