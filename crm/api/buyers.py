"""Buyers: found, read and corrected."""

from typing import Any

from sqlalchemy import ColumnElement

from crm.api.decisions import decisions_page
from crm.api.schemas.buyers import BuyerChange, BuyerList, HistoryList
from crm.api.shapes.buyers import BuyerShape, buyer_json, buyers_json
from crm.api.shapes.campaigns import DecisionShape
from crm.api.wire.paging import page, read_id_cursor
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import chosen_stores, get_own_store
from crm.buyers.facts.addresses import normalise_phone
from crm.buyers.models import Buyer
from crm.buyers.profile import birthday_text, change_profile
from crm.buyers.queries import Wanted, get_buyer, search
from crm.buyers.tags import set_tags
from crm.buyers.vip import Pin, set_vip
from crm.buyers.zones import store_country
from crm.campaigns.queries import DecisionFilter
from crm.errors import NotFound, Rejected
from crm.segments.compile import where
from crm.segments.nesting import recall
from crm.segments.queries import get_segment
from crm.segments.scope import scope_of
from crm.stores.models import Store

buyers = Resource("buyers", "The people who bought, what they allowed and what they are worth.")

_FILTERS = ("email", "phone", "external_id", "q", "tier", "tag", "vip")


@buyers.action("GET /buyers", Action("buyers.read", query=BuyerList, gives=BuyerShape, many=True))
def list_(call: Call) -> dict[str, Any]:
    """Find buyers, the newest first."""
    asked = call.query
    found = chosen_stores(call.session, call.actor, asked["store"])
    stores = list(found)
    filters = {name: asked[name] for name in _FILTERS}
    filters["phone"] = _phone(asked["phone"], found)
    wanted = Wanted(**filters, also=_segment(call, stores))
    before, limit = read_id_cursor(asked["cursor"]), asked["limit"]
    rows = search(call.session, stores, wanted, before, limit + 1)
    shapes = {int(shape["id"]): shape for shape in buyers_json(call.session, rows, call.now)}
    return page(rows, limit, lambda row: row.id, lambda row: shapes[row.id])


@buyers.action("GET /buyers/<id:buyer_id>", Action("buyers.read", gives=BuyerShape))
def show(call: Call, buyer_id: int) -> BuyerShape:
    """Read a buyer; one who was merged away leads to the survivor."""
    return buyer_json(call.session, find(call, buyer_id), call.now)


@buyers.action(
    "PATCH /buyers/<id:buyer_id>", Action("buyers.write", body=BuyerChange, gives=BuyerShape)
)
def change(call: Call, buyer_id: int) -> BuyerShape:
    """Correct a buyer by hand; no storefront overwrites what is set here."""
    buyer, changes, name = find(call, buyer_id), dict(call.body), call.actor.name
    if "tags" in changes:
        set_tags(call.session, buyer, changes.pop("tags"), name, call.now)
    if "vip" in changes:
        vip = changes.pop("vip")
        reason = buyer.vip_reason if vip else None
        set_vip(call.session, buyer, Pin(vip, reason), name, call.now)
    if changes.keys() & {"birthday", "birthday_calendar"}:
        changes = {
            "birthday": birthday_text(buyer),
            "birthday_calendar": buyer.birth_calendar,
            **changes,
        }
    if changes:
        change_profile(call.session, buyer, changes, name, call.now)
    return buyer_json(call.session, buyer, call.now)


@buyers.action(
    "GET /buyers/<id:buyer_id>/decisions",
    Action("buyers.read", query=HistoryList, gives=DecisionShape, many=True),
)
def list_decisions(call: Call, buyer_id: int) -> dict[str, Any]:
    """List every campaign that considered the buyer, with the reason in words."""
    return decisions_page(call, DecisionFilter(buyer_id=find(call, buyer_id).id))


def find(call: Call, buyer_id: int) -> Buyer:
    """Find a buyer within reach. Raises NotFound."""
    buyer = get_buyer(call.session, call.actor.store_ids, buyer_id)
    get_own_store(call.session, call.actor, buyer.store_id)
    return buyer


def _phone(given: str | None, stores: dict[int, Store]) -> str | None:
    """Read a national number by the countries of the stores that are searched."""
    countries = sorted({store_country(store) or "" for store in stores.values()} - {""})
    return (normalise_phone(given, *countries) or given) if given else None


def _segment(call: Call, stores: list[int]) -> tuple[ColumnElement[bool], ...]:
    if call.query["segment"] is None:
        return ()
    try:
        segment = get_segment(call.session, stores, call.query["segment"])
    except NotFound as fault:
        raise Rejected(fault.reason, {"segment": fault.reason}) from None
    store = get_own_store(call.session, call.actor, segment.store_id)
    return (where(recall(call.session, store, segment.rule), scope_of(store, call.now)),)
