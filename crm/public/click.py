"""A link of a mail: notes that it was followed and leads where its token was signed for."""

from flask import Blueprint, Response, redirect, request
from sqlalchemy.orm import Session

from crm import clock, db
from crm.i18n import mark
from crm.messages.links import Target, read_click
from crm.messages.models import Click, Message
from crm.messages.resolve import record_arrival

pages = Blueprint("click", __name__, url_prefix="/c")


@pages.get("/<token>")
def follow(token: str) -> Response:
    """Lead on; only a GET counts as a click."""
    target = read_click(token)
    if request.method == "GET":
        with db.session() as session:
            _record_click(session, target)
    answer = redirect(target.url, 302)
    assert isinstance(answer, Response)
    return answer


def _record_click(session: Session, target: Target) -> None:
    place = target.place
    message = session.get(Message, (place.store_id, place.message_id))
    if message is None:
        return
    now = clock.now()
    session.add(
        Click(
            store_id=message.store_id,
            message_id=message.id,
            buyer_id=message.buyer_id,
            campaign_id=message.campaign_id,
            url=target.url,
            clicked_at=now,
        )
    )
    record_arrival(session, message, mark("a link of it was followed"), now)
