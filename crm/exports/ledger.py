"""Every decision about a buyer and campaign, every message and every coupon that came of it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from crm.campaigns.models import Decision
from crm.coupons.models import Coupon
from crm.exports.wording import moment, money, reference
from crm.messages.models import Message
from crm.stores.models import Store

Row = dict[str, Any]


def rows(session: Session, store: Store) -> Iterator[Row]:
    """Give every row of the store's ledger."""
    yield from map(
        _decision, session.scalars(select(Decision).where(Decision.store_id == store.id))
    )
    letters = (Message.html, Message.text, Message.content, Message.address)
    yield from map(
        _message,
        session.scalars(
            select(Message)
            .where(Message.store_id == store.id)
            .options(*(defer(column) for column in letters))
        ),
    )
    yield from map(_coupon, session.scalars(select(Coupon).where(Coupon.store_id == store.id)))


def _decision(decision: Decision) -> Row:
    return {
        "kind": "decision",
        "campaign": reference(decision.campaign_id),
        "occurrence": decision.occurrence,
        "buyer": reference(decision.buyer_id),
        "outcome": decision.outcome,
        "reason": decision.reason,
        "facts": decision.facts,
        "rules_version": decision.rules_version,
        "decided_at": moment(decision.decided_at),
        "not_before": moment(decision.not_before),
        "message": reference(decision.message_id),
    }


def _message(message: Message) -> Row:
    return {
        "kind": "message",
        "id": reference(message.id),
        "campaign": reference(message.campaign_id),
        "occurrence": message.occurrence,
        "buyer": reference(message.buyer_id),
        "order": reference(message.order_id),
        "coupon": reference(message.coupon_id),
        "campaign_kind": message.kind,
        "channel": message.channel,
        "message_class": message.message_class,
        "state": message.state,
        "reason": message.reason,
        "created_at": moment(message.created_at),
        "accepted_at": moment(message.accepted_at),
    }


def _coupon(coupon: Coupon) -> Row:
    return {
        "kind": "coupon",
        "id": reference(coupon.id),
        "code": coupon.code,
        "campaign": reference(coupon.campaign_id),
        "occurrence": coupon.occurrence,
        "buyer": reference(coupon.buyer_id),
        "state": coupon.state,
        "alarm": coupon.alarm,
        "percent": coupon.percent,
        "amount": None
        if coupon.amount_minor is None
        else money(coupon.amount_minor, coupon.currency),
        "expires_on": coupon.expires_on.isoformat(),
    }
