"""How lately, how often and for how much a buyer bought, each as a fifth of the store's buyers."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from crm.buyers.models import Buyer
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import words
from crm.segments.fields import Choice
from crm.segments.nightly import rfm
from crm.segments.params import Ratings
from crm.segments.scope import Scope
from crm.segments.values import UNKNOWN, Value

LABEL = mark("RFM score")
_SCORES = (
    ("recency", mark("how lately")),
    ("frequency", mark("how often")),
    ("monetary", mark("for how much")),
)


class Params(Ratings):
    """Which of the three scores, and bounds of it: 5 is the best fifth of the buyers."""

    score = Choice(mark("score"), _SCORES, required=True)


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Hold the value against the fifths of last night; whoever never bought has no score."""
    spans = [_span(params["score"], low, high, scope) for low, high in _runs(params)]
    return and_(rfm.scored(scope.store_id), or_(*spans))


def _runs(params: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """List the scores that will do as runs, so that each is one range of the column."""
    fits = [score for score in range(1, 6) if _fits(score, params)]
    for score in fits:
        if score - 1 not in fits:
            end = next(high for high in range(score, 6) if high + 1 not in fits)
            yield score, end


def _fits(score: int, params: Mapping[str, Any]) -> bool:
    return (
        params.get("at_least", 1) <= score <= params.get("at_most", 5)
        and score == params.get("is", score)
        and score in params.get("any_of", (score,))
        and score not in params.get("none_of", ())
    )


def _span(name: str, low: int, high: int, scope: Scope) -> ColumnElement[bool]:
    column = rfm.COLUMNS[name]
    bounds = [column > rfm.cut(name, low - 1, scope.store_id)] if low > 1 else []
    bounds += [column <= rfm.cut(name, high, scope.store_id)] if high < 5 else []
    return and_(Buyer.orders_count > 0, *bounds)


def value(params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell the score."""
    return Value(rfm.score(params["score"], scope.store_id), "number", UNKNOWN)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the score and its bounds."""
    names = {
        "recency": _("whose score for how lately they bought is %(number)s"),
        "frequency": _("whose score for how often they bought is %(number)s"),
        "monetary": _("whose score for how much they spent is %(number)s"),
    }
    return names[params["score"]] % {"number": words.number(params)}
