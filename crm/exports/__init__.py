"""A store's books as canonical JSON Lines: sorted rows and keys, nothing that differs by chance."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from crm.exports import cases, consents, inbox, ledger, state
from crm.stores.models import Store

Row = dict[str, Any]

EXPORTS: Mapping[str, Callable[[Session, Store], Iterable[Row]]] = {
    "state": state.rows,
    "ledger": ledger.rows,
    "inbox": inbox.rows,
    "consents": consents.rows,
    "cases": cases.rows,
}


def lines(session: Session, store: Store, what: str) -> Iterator[str]:
    """Write one of EXPORTS line by line."""
    written = (
        json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        for row in EXPORTS[what](session, store)
    )
    return iter(sorted(written))
