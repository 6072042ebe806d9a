"""The tags somebody of the store gave a buyer."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, not_, select

from crm.buyers.models import Buyer, Tag
from crm.i18n import gettext as _
from crm.i18n import mark
from crm.segments import words
from crm.segments.params import Words
from crm.segments.scope import Scope
from crm.segments.values import Value, listed

LABEL = mark("Tag")


class Params(Words):
    """One tag, any of several, or none of several."""


def where(params: Mapping[str, Any], scope: Scope) -> ColumnElement[bool]:
    """Look for the tags as they are written; a buyer without tags has none of them."""
    tags = params.get("any_of") or params.get("none_of") or (params["is"],)
    carried = (
        select(Tag.tag)
        .where(Tag.store_id == scope.store_id, Tag.buyer_id == Buyer.id, Tag.tag.in_(tags))
        .correlate(Buyer)
        .exists()
    )
    return not_(carried) if "none_of" in params else carried


def value(_params: Mapping[str, Any], scope: Scope) -> Value:
    """Tell what it looks at."""
    carried = select(Tag.tag).where(Tag.store_id == scope.store_id, Tag.buyer_id == Buyer.id)
    return listed(carried.correlate(Buyer), Tag.tag)


def describe(params: Mapping[str, Any], _currency: str) -> str:
    """Say the tags."""
    tags, wanted = words.wanted(params)
    if wanted:
        return _("who carry the tag %(tags)s", tags=tags)
    return _("who do not carry the tag %(tags)s", tags=tags)
