"""Lists decisions: the current ones newest first, then those that were superseded."""

from typing import Any

from sqlalchemy import select

from crm.api.shapes.campaigns import decision_json
from crm.api.wire.paging import bad_cursor, page, read_cursor
from crm.api.wire.resource import Call
from crm.api.wire.scope import chosen_stores
from crm.campaigns.models import Decision, PastDecision
from crm.campaigns.queries import DecisionFilter

# A cursor names the table it goes on in: current decisions come before superseded ones.
_TABLES: dict[str, Any] = {"current": Decision, "past": PastDecision}


def decisions_page(call: Call, wanted: DecisionFilter) -> dict[str, Any]:
    """Answer one page; `?history=true` goes on with the superseded ones."""
    limit = call.query["limit"]
    part, before = _place(call.query["cursor"])
    rows = _rows(call, wanted, part, before)
    if call.query["history"] and part == "current" and len(rows) <= limit:
        rows += _rows(call, wanted, "past", None)
    return page(rows, limit, _key, decision_json)


def _rows(call: Call, wanted: DecisionFilter, part: str, before: int | None) -> list[Any]:
    table = _TABLES[part]
    stores = list(chosen_stores(call.session, call.actor))
    asked = select(table).where(table.store_id.in_(stores)).order_by(table.id.desc())
    for name in ("campaign_id", "buyer_id", "outcome", "reason"):
        value = getattr(wanted, name)
        if value is not None:
            asked = asked.where(getattr(table, name) == value)
    if before is not None:
        asked = asked.where(table.id < before)
    return list(call.session.scalars(asked.limit(call.query["limit"] + 1)))


def _key(row: Decision | PastDecision) -> list[Any]:
    return ["current" if isinstance(row, Decision) else "past", row.id]


def _place(cursor: str | None) -> tuple[str, int | None]:
    match read_cursor(cursor):
        case None:
            return "current", None
        case ["current" | "past" as part, int(before)] if 0 < before < 2**62:
            return part, before
    raise bad_cursor()
