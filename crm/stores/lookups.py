"""Remembers what has to be read in a storefront because only its name came."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm.events import LookUp
from crm.stores.access import has_api
from crm.stores.models import Store, StoreLookup


def remember(session: Session, store: Store, wanted: LookUp, now: datetime) -> bool:
    """Remember to look a thing up; however often it is mentioned, it is read once.

    False: there is no access to the storefront. Once it is given, what changed is listed anyway.
    """
    if not has_api(store):
        return False
    asked = insert(StoreLookup).values(
        store_id=store.id,
        platform=store.platform,
        kind=wanted.kind,
        external_id=wanted.external_id,
        asked_at=now,
        mentions=1,
        tries=0,
        not_before=now,
    )
    session.execute(
        asked.on_conflict_do_update(
            index_elements=["store_id", "platform", "kind", "external_id"],
            # Of what is gone by then we know only that it was there when it was mentioned last.
            set_={
                "mentions": StoreLookup.mentions + 1,
                "asked_at": func.greatest(StoreLookup.asked_at, asked.excluded.asked_at),
            },
        )
    )
    return True
