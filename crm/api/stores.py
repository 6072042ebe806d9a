"""Stores: the storefronts that post to us."""

import re
from typing import Any

from crm.access.roles import require_every_store
from crm.api.schemas.stores import StoreForm
from crm.api.shapes.stores import StoreShape, store_json
from crm.api.wire.paging import PageForm, page, read_id_cursor
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import chosen_stores, get_store
from crm.errors import Rejected
from crm.stores.connect import NewStore, connect_store

stores = Resource("stores", "Connected storefronts.")


@stores.action("GET /stores", Action("stores.read", query=PageForm, gives=StoreShape, many=True))
def list_(call: Call) -> dict[str, Any]:
    """List the connected stores."""
    after = read_id_cursor(call.query["cursor"]) or 0
    found = sorted(chosen_stores(call.session, call.actor).values(), key=lambda store: store.id)
    rows = [store for store in found if store.id > after]
    return page(rows, call.query["limit"], lambda row: row.id, store_json)


@stores.action("POST /stores", Action("stores.write", body=StoreForm, gives=StoreShape, status=201))
def connect(call: Call) -> StoreShape:
    """Connect a storefront; the webhook secret is shown in this answer and never again."""
    require_every_store(call.actor)
    given = dict(call.body)
    api = given.pop("api")
    credentials = {f"api_{name}": api.get(name) for name in ("url", "key", "secret")}
    try:
        store, secret = connect_store(call.session, NewStore(**given, **credentials), call.now)
    except Rejected as fault:
        raise Rejected(fault.reason, _as_sent(fault.errors)) from None
    return {**store_json(store), "secret": secret}


@stores.action("GET /stores/<slug:slug>", Action("stores.read", gives=StoreShape))
def show(call: Call, slug: str) -> StoreShape:
    """Read one store."""
    return store_json(get_store(call.session, call.actor, slug))


def _as_sent(errors: dict[str, str]) -> dict[str, str]:
    """Name the fields as they lie in the body: api.url for api_url."""
    return {re.sub(r"^api_", "api.", place): fault for place, fault in errors.items()}
