"""What sellers do with a buyer: notes, tags, the VIP pin, consents, merging."""

from crm.api.buyers import find
from crm.api.schemas.buyers import ConsentForm, MergeForm, NoteForm, TagsForm, VipForm
from crm.api.schemas.lists import Nothing
from crm.api.shapes.buyers import BuyerShape, NoteShape, buyer_json, note_json
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import get_own_store
from crm.buyers import merge as merges
from crm.buyers.consent import Decision, consent_states, record_consent
from crm.buyers.models import Buyer
from crm.buyers.notes import NewNote, add_note
from crm.buyers.tags import set_tags
from crm.buyers.vip import Pin, set_vip
from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _

acts = Resource("buyer-acts", "What sellers do with a buyer.")


@acts.action(
    "POST /buyers/<id:buyer_id>/notes",
    Action("buyers.write", body=NoteForm, gives=NoteShape, status=201),
)
def note(call: Call, buyer_id: int) -> NoteShape:
    """Write down something about a buyer."""
    buyer = find(call, buyer_id)
    new = NewNote(call.body["text"], call.body["pinned"])
    return note_json(add_note(call.session, buyer, new, call.actor.name, call.now))


@acts.action(
    "PUT /buyers/<id:buyer_id>/tags", Action("buyers.write", body=TagsForm, gives=BuyerShape)
)
def tags(call: Call, buyer_id: int) -> BuyerShape:
    """Make these the buyer's tags."""
    buyer = find(call, buyer_id)
    set_tags(call.session, buyer, call.body["tags"], call.actor.name, call.now)
    return buyer_json(call.session, buyer, call.now)


@acts.action(
    "PUT /buyers/<id:buyer_id>/vip", Action("buyers.write", body=VipForm, gives=BuyerShape)
)
def vip(call: Call, buyer_id: int) -> BuyerShape:
    """Pin a buyer as VIP, or take the pin away."""
    buyer = find(call, buyer_id)
    pin = Pin(call.body["vip"], call.body["reason"])
    set_vip(call.session, buyer, pin, call.actor.name, call.now)
    return buyer_json(call.session, buyer, call.now)


@acts.action(
    "POST /buyers/<id:buyer_id>/consents",
    Action("buyers.consent", body=ConsentForm, gives=BuyerShape, status=201),
)
def consent(call: Call, buyer_id: int) -> BuyerShape:
    """Record what a buyer decided; after a withdrawal a grant needs `proof`."""
    buyer, given = find(call, buyer_id), call.body
    decision = Decision(**given, decided_at=call.now, actor=call.actor.name)
    store = get_own_store(call.session, call.actor, buyer.store_id)
    counted = record_consent(call.session, store, buyer, decision, call.now)
    if not counted and _status(call, buyer, given["channel"]) != given["status"]:
        reason = _("The buyer withdrew; a new consent needs a proof or the buyer's own act.")
        raise Rejected(reason, {"proof": reason})
    return buyer_json(call.session, buyer, call.now)


@acts.action(
    "POST /buyers/<id:buyer_id>/merge",
    Action("buyers.merge", body=MergeForm, gives=BuyerShape),
)
def merge(call: Call, buyer_id: int) -> BuyerShape:
    """Let another buyer, who is the same person, go up in this one."""
    buyer = find(call, buyer_id)
    store = get_own_store(call.session, call.actor, buyer.store_id)
    pair = (buyer.id, call.body["other"])
    try:
        survivor = merges.merge(call.session, store, pair, call.actor.name, call.now)
    except NotFound as fault:
        raise Rejected(fault.reason, {"other": fault.reason}) from None
    return buyer_json(call.session, survivor, call.now)


@acts.action(
    "POST /buyers/<id:buyer_id>/unmerge",
    Action("buyers.merge", body=Nothing, gives=BuyerShape),
)
def unmerge(call: Call, buyer_id: int) -> BuyerShape:
    """Undo the survivor's last merge; gives the buyer who stands alone again."""
    buyer = find(call, buyer_id)
    store = get_own_store(call.session, call.actor, buyer.store_id)
    parted = merges.unmerge(call.session, store, buyer.id, call.actor.name, call.now)
    return buyer_json(call.session, parted, call.now)


def _status(call: Call, buyer: Buyer, channel: str) -> str | None:
    states = consent_states(call.session, buyer.store_id, [buyer.id])
    found = states.get(buyer.id, {}).get(channel)
    return found.status if found else None
