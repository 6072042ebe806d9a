"""Any further detail the store keeps about a buyer, by its key."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Numeric, and_, case, cast, false, func, not_

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import bounds, words
from crm.segments.fields import Amount, Flag, Scalar, Word
from crm.segments.params import Words, any_of, exactly, none_of
from crm.segments.scope import Scope
from crm.segments.values import Value

LABEL = mark("Attribute")
_SCALARS = ("string", "number", "boolean")
_NUMBER = r"^-?\d{1,30}(\.\d{1,30})?$"


class Params(Words):
    """The key, and what its value is: texts compare whatever their case, numbers by size."""

    key = Word(mark("key"), required=True)
    is_ = exactly(Scalar)
    any_of = any_of(Scalar)
    none_of = none_of(Scalar)
    at_least = Amount(mark("at least"))
    at_most = Amount(mark("at most"))
    known = Flag(mark("known"))
    needs = ("is", "any_of", "none_of", "at_least", "at_most", "known")


def where(params: Mapping[str, Any], _scope: Scope) -> ColumnElement[bool]:
    """Compare the value; a list, an object, null or no value at all is unknown."""
    return and_(*_tests(params))


def _tests(params: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
    value = Buyer.attributes[params["key"]]
    kind = func.coalesce(func.jsonb_typeof(value), "null")
    if "known" in params:
        known = kind.in_(_SCALARS)
        yield known if params["known"] else not_(known)
    if any(name in params for name in ("is", "any_of", "none_of")):
        yield and_(kind.in_(_SCALARS), bounds.folded(value.astext, params))
    if "at_least" in params or "at_most" in params:
        numeric = and_(kind.in_(("string", "number")), value.astext.regexp_match(_NUMBER))
        yield case((numeric, bounds.numbers(cast(value.astext, Numeric), params)), else_=false())


def value(params: Mapping[str, Any], _scope: Scope) -> Value:
    """Tell what it looks at."""
    return Value(Buyer.attributes[params["key"]].astext)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the value."""
    said = list(_said(params))
    return _("whose attribute “%(key)s” is %(value)s", key=params["key"], value=", ".join(said))


def _said(params: Mapping[str, Any]) -> Iterator[str]:
    if "known" in params:
        yield _("known") if params["known"] else _("unknown")
    if any(name in params for name in ("is", "any_of", "none_of")):
        values, wanted = words.wanted(params)
        yield values if wanted else _("known and not %(numbers)s", numbers=values)
    if "at_least" in params or "at_most" in params:
        yield words.amount(params, "")
