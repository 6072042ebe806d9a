"""Messages: what was written to whom, what became of it, and the end of a doubt."""

from typing import Any

from crm.api.schemas.lists import MessageList, ResolveForm
from crm.api.shapes.messages import MessageShape, letter_json, message_json
from crm.api.wire.paging import page, read_id_cursor
from crm.api.wire.resource import Action, Call, Resource
from crm.api.wire.scope import chosen_stores, get_own_store
from crm.messages.models import Message
from crm.messages.queries import (
    MessageFilter,
    get_message,
    letter,
    list_deliveries,
    list_messages,
)
from crm.messages.resolve import resolve

messages = Resource("messages", "Every message once, with the ladder of its states.")


@messages.action(
    "GET /messages", Action("messages.read", query=MessageList, gives=MessageShape, many=True)
)
def list_(call: Call) -> dict[str, Any]:
    """List messages, newest first."""
    asked = call.query
    stores = chosen_stores(call.session, call.actor, asked["store"])
    wanted = MessageFilter(asked["buyer"], asked["campaign"], asked["state"])
    before, limit = read_id_cursor(asked["cursor"]), asked["limit"]
    rows = list_messages(call.session, list(stores), wanted, before, limit + 1)
    return page(
        rows, limit, lambda row: row.id, lambda row: message_json(stores[row.store_id], row)
    )


@messages.action("GET /messages/<id:message_id>", Action("messages.read", gives=MessageShape))
def show(call: Call, message_id: int) -> MessageShape:
    """Read a message with its letter and its steps."""
    return _letter(call, get_message(call.session, call.actor.store_ids, message_id))


@messages.action(
    "POST /messages/<id:message_id>/resolve",
    Action(
        "messages.resolve",
        body=ResolveForm,
        gives=MessageShape,
        rings="crm.messages.jobs.send_due",
    ),
)
def settle(call: Call, message_id: int) -> MessageShape:
    """End the doubt about an uncertain message: delivered, not_delivered or resend."""
    message = get_message(call.session, call.actor.store_ids, message_id)
    return _letter(call, resolve(call.session, message, call.body["outcome"], call.now))


def _letter(call: Call, message: Message) -> MessageShape:
    store = get_own_store(call.session, call.actor, message.store_id)
    steps = list_deliveries(call.session, message)
    return letter_json(store, message, letter(call.session, message), steps)
