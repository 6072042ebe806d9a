"""A buyer's timeline: orders, reviews, messages, cases, notes and changes, newest first."""

from datetime import datetime
from typing import Any

from crm import timeline
from crm.api.buyers import find
from crm.api.schemas.buyers import TimelineList
from crm.api.shapes.timeline import EntryShape, entry_json
from crm.api.wire.fields import is_sane
from crm.api.wire.paging import bad_cursor, page, read_cursor
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import get_own_store
from crm.timeline import Cursor, Entry

timelines = Resource("timeline", "Everything that happened with a buyer.")


@timelines.action(
    "GET /buyers/<id:buyer_id>/timeline",
    Action("buyers.read", query=TimelineList, gives=EntryShape, many=True),
)
def show(call: Call, buyer_id: int) -> dict[str, Any]:
    """Read what happened with a buyer, newest first."""
    buyer = find(call, buyer_id)
    store = get_own_store(call.session, call.actor, buyer.store_id)
    before, limit = _read(call.query["cursor"]), call.query["limit"]
    entries = timeline.page(call.session, store.id, buyer.id, before, limit + 1)
    return page(entries, limit, _key, lambda entry: entry_json(store, entry))


def _key(entry: Entry) -> list[Any]:
    return [entry.at.isoformat(), entry.kind, entry.id]


def _read(cursor: str | None) -> Cursor | None:
    match read_cursor(cursor):
        case None:
            return None
        case [str(at), str(kind), int(entry_id)] if "\0" not in kind and 0 < entry_id < 2**62:
            return Cursor(_instant(at), kind, entry_id)
    raise bad_cursor()


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise bad_cursor() from None
    if not is_sane(at):
        raise bad_cursor()
    return at
