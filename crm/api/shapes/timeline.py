"""How an entry of a timeline is written."""

from typing import Any, TypedDict

from crm.api.shapes.values import instant
from crm.stores.models import Store
from crm.timeline import Entry, words


class EntryShape(TypedDict):
    """One thing that happened; `id` is that of its own row, unique within its kind."""

    at: str
    kind: str
    id: str
    words: str
    detail: dict[str, Any]


def entry_json(store: Store, entry: Entry) -> EntryShape:
    """Write an entry, also in the reader's words."""
    return EntryShape(
        at=instant(entry.at),
        kind=entry.kind,
        id=str(entry.id),
        words=words(entry, store),
        detail=dict(entry.detail),
    )
