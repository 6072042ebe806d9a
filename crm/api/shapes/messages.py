"""How messages are written: the row for lists, the letter and its steps for one."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from crm.api.shapes.values import instant, moment, ref
from crm.messages.models import Delivery, Message
from crm.messages.render import Rendered
from crm.stores.models import Store


class DeliveryShape(TypedDict):
    """One step in a message's life."""

    event: str
    detail: str | None
    at: str


class MessageShape(TypedDict):
    """One message to one buyer; the letter and its steps only where one message is read."""

    id: str
    store: str
    campaign: str | None
    occurrence: str
    buyer: str
    order: str | None
    coupon: str | None
    kind: str
    channel: str
    message_class: str
    state: str
    reason: str | None
    attempts: int
    not_before: str
    expires_at: str
    created_at: str
    accepted_at: str | None
    settled_at: str | None
    address: str | None
    subject: str | None
    html: NotRequired[str | None]
    text: NotRequired[str | None]
    deliveries: NotRequired[list[DeliveryShape]]


def message_json(store: Store, message: Message) -> MessageShape:
    """Write a message without its letter."""
    return MessageShape(
        id=str(message.id),
        store=store.slug,
        campaign=ref(message.campaign_id),
        occurrence=message.occurrence,
        buyer=str(message.buyer_id),
        order=ref(message.order_id),
        coupon=ref(message.coupon_id),
        kind=message.kind,
        channel=message.channel,
        message_class=message.message_class,
        state=message.state,
        reason=message.reason,
        attempts=message.attempts,
        not_before=instant(message.not_before),
        expires_at=instant(message.expires_at),
        created_at=instant(message.created_at),
        accepted_at=moment(message.accepted_at),
        settled_at=moment(message.settled_at),
        address=message.address,
        subject=message.subject,
    )


def letter_json(
    store: Store, message: Message, letter: Rendered | None, steps: Sequence[Delivery]
) -> MessageShape:
    """Write a message with its letter, as sent or as it would read now, and its steps."""
    shape = message_json(store, message)
    shape["subject"] = letter.subject if letter else message.subject
    shape["html"] = letter.html if letter else None
    shape["text"] = letter.text if letter else None
    shape["deliveries"] = [
        DeliveryShape(event=step.event, detail=step.detail, at=instant(step.happened_at))
        for step in steps
    ]
    return shape
