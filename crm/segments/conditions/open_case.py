"""Whether something is still open between a buyer and the store."""

from collections.abc import Mapping
from typing import Any, get_args

from sqlalchemy import ColumnElement, Select, select

from crm.buyers.models import Buyer
from crm.cases.models import Case, Type
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import bounds, words
from crm.segments.fields import Choice, Listed
from crm.segments.params import Params as Plain
from crm.segments.params import flag
from crm.segments.scope import Scope
from crm.segments.values import Value, listed

LABEL = mark("Open case")
_TYPES = (
    ("complaint", mark("complaint")),
    ("return", mark("return")),
    ("exchange", mark("exchange")),
    ("refund", mark("refund")),
    ("lost_parcel", mark("lost parcel")),
    ("late_parcel", mark("late parcel")),
    ("short_shipment", mark("short shipment")),
    ("bad_review", mark("bad review")),
    ("question", mark("question")),
)
assert {word for word, _label in _TYPES} == set(get_args(Type))


class Params(Plain):
    """A case that is not closed, if wanted of some types only."""

    is_ = flag()
    types = Listed(Choice(mark("types"), _TYPES))


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Read the number of open cases, or look for those of the types."""
    if "types" not in params:
        return bounds.stated(Buyer.open_cases > 0, params)
    cases = _open(scope).where(Case.type.in_(params["types"]))
    return bounds.stated(cases.exists(), params)


def _open(scope: Scope) -> Select[Any]:
    return (
        select(Case.id)
        .where(Case.store_id == scope.store_id, Case.buyer_id == Buyer.id, Case.state != "closed")
        .correlate(Buyer)
    )


def value(_params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell what it looks at."""
    return listed(_open(scope), Case.type)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say whether, and of which types."""
    if "types" not in params:
        return _("who have an open case") if params["is"] else _("who have no open case")
    labels = dict(_TYPES)
    types = words.either(_(labels[word]) for word in params["types"])
    if params["is"]:
        return _("who have an open case (%(types)s)", types=types)
    return _("who have no open case (%(types)s)", types=types)
