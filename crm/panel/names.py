"""The buyers behind a list of rows, read at once."""

from collections.abc import Iterable

from crm.buyers.models import Buyer
from crm.buyers.queries import list_buyers_by_id
from crm.panel.desk import Desk


def buyers_by_id(desk: Desk, ids: Iterable[int | None]) -> dict[int, Buyer]:
    """Read some buyers of the store, by their ids."""
    wanted = sorted({one for one in ids if one is not None})
    return {one.id: one for one in list_buyers_by_id(desk.session, desk.store.id, wanted)}
