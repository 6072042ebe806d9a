"""Groups by the store's local month."""

from typing import Any

from sqlalchemy import ColumnElement, func

from crm.reports import Asked


def month(asked: Asked, at: Any) -> ColumnElement[str]:
    """Name the local month of an instant: 2026-11."""
    return func.to_char(func.timezone(asked.store.timezone, at), "YYYY-MM")
