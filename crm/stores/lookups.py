"""Remembers what has to be read in a storefront because only its name came."""

from datetime import datetime

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
            set_={"mentions": StoreLookup.mentions + 1},
        )
    )
    return True
