"""Tells the coupon ledger that a code has, or may have, reached its buyer."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.coupons.ledger import announce
from crm.coupons.models import Coupon
from crm.messages.models import Message

_TOLD = ("accepted", "delivered", "uncertain")


def tell_ledger(session: Session, message: Message, now: datetime) -> None:
    """Announce a message's code once the message is out; it is then never taken back."""
    if message.coupon_id is not None and message.state in _TOLD:
        coupon = session.get_one(Coupon, (message.store_id, message.coupon_id))
        announce(session, coupon, now)
