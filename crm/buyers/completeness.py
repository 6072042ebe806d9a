"""How much we know about buyers: a rate for each, and for each field of a store."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm.buyers.models import Buyer

FIELDS: Mapping[str, str] = {
    "email": "email",
    "phone": "phone",
    "first_name": "first_name",
    "last_name": "last_name",
    "birthday": "birth_month",
    "city": "city",
    "postcode": "postcode",
    "country": "country",
    "locale": "locale",
    "occupation": "occupation",
}


def rate(buyer: Buyer) -> int:
    """Give the share of the fields that are filled, in whole percent."""
    filled = sum(getattr(buyer, column) is not None for column in FIELDS.values())
    return filled * 100 // len(FIELDS)


def missing(buyer: Buyer) -> list[str]:
    """List the fields that are not filled."""
    return [field for field, column in FIELDS.items() if getattr(buyer, column) is None]


def field_counts(session: Session, store_id: int) -> tuple[int, dict[str, int]]:
    """Count a store's present buyers, and how many have each field filled."""
    counts = [func.count(_column(column)).label(field) for field, column in FIELDS.items()]
    row = session.execute(
        select(func.count().label("buyers"), *counts).where(
            Buyer.store_id == store_id,
            Buyer.merged_into.is_(None),
            Buyer.erased_at.is_(None),
        )
    ).one()
    return row.buyers, {field: row._mapping[field] for field in FIELDS}


def _column(name: str) -> ColumnElement[object]:
    column: ColumnElement[object] = getattr(Buyer, name)
    return column
