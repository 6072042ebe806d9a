"""The door for webhooks: verify, keep, answer; nothing is understood here."""

import re
from datetime import datetime

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from crm import clock, db, failpoints, queue
from crm.errors import NotFound, Rejected, Unavailable
from crm.storefronts import BadSignature, Hook
from crm.webhooks import doors, inbox, spool
from crm.webhooks.away import AWAY
from crm.webhooks.doors import Address, Door
from crm.webhooks.inbox import Delivery

blueprint = Blueprint("webhooks", __name__)

MOST_BODY = 1024 * 1024
# A sender who is cut off before its last byte may never see the answer; so read on for a while.
_MOST_SWALLOWED = 16 * 1024 * 1024
_PIECE = 64 * 1024
_RETRY_SECONDS = "30"
_SLUG = re.compile(r"[a-z0-9-]{1,60}")
_JOB = "crm.webhooks.jobs.drain_inbox"
_log = structlog.get_logger(__name__)


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@blueprint.post("/webhooks/<slug>")
@blueprint.post("/webhooks/<slug>/<app>")
def receive(slug: str, app: str | None = None) -> Response:
    """Take in one webhook of a store, or of an app connected beside its storefront."""
    try:
        door, hook = _find_door((slug, app)), _read_hook()
        if door.platform.handshake(hook):
            return Response(status=200)
        _verify((slug, app), door, hook)
        _keep(_delivery(door, hook))
        return Response(status=200)
    except _Refused as no:
        return _refusal(no.status)


def _find_door(address: Address) -> Door:
    if not _SLUG.fullmatch(address[0]):
        raise _Refused(404)
    try:
        return doors.find_door(address)
    except NotFound:
        raise _Refused(404) from None
    except AWAY as fault:
        _log.error("database away, store not yet known", fault=type(fault).__name__)
        raise _Refused(503) from None


def _read_hook() -> Hook:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _Refused(415)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Hook(_read_body(), headers, clock.now())


def _read_body() -> bytes:
    """Read the body, measured as it comes: its announced length may be missing or a lie."""
    request.max_content_length = _MOST_SWALLOWED
    body, size = bytearray(), 0
    try:
        while piece := request.stream.read(_PIECE):
            size += len(piece)
            if size <= MOST_BODY:
                body += piece
    except RequestEntityTooLarge:
        raise _Refused(413) from None
    except (ClientDisconnected, OSError):
        raise _Refused(400) from None
    if size > MOST_BODY:
        raise _Refused(413)
    return bytes(body)


def _verify(address: Address, door: Door, hook: Hook) -> None:
    """Check the signature; what fails is tried once more with what the database says now."""
    real_now = clock.real_now()
    try:
        door.platform.verify(hook, door.secrets(hook.received_at), real_now)
    except BadSignature:
        _verify_again(address, hook, real_now)
    except Unavailable as fault:  # its keys cannot be read now: a 401 would be final for some
        _log.error("webhook cannot be verified now", reason=fault.reason)
        raise _Refused(503) from None


def _verify_again(address: Address, hook: Hook, real_now: datetime) -> None:
    try:
        fresh = doors.look_again(address)
        fresh.platform.verify(hook, fresh.secrets(hook.received_at), real_now)
    except (BadSignature, Rejected, *AWAY):
        raise _Refused(401) from None
    except Unavailable:
        raise _Refused(503) from None


def _delivery(door: Door, hook: Hook) -> Delivery:
    platform = door.platform
    name = platform.delivery_id(hook)
    return Delivery(
        store_id=door.store_id,
        platform=door.key,
        delivery_id=f"{door.key}:{name}" if door.is_app else name,
        topic=platform.topic(hook),
        headers={
            name: value for name, value in hook.headers.items() if name.startswith(platform.HEADERS)
        },
        received_at=hook.received_at,
        body=hook.body,
    )


def _keep(delivery: Delivery) -> None:
    try:
        with db.session() as session:
            inbox.keep(session, delivery)
    except AWAY as fault:
        _log.error("database away, webhook spooled", fault=type(fault).__name__)
        _spool(delivery)
        return
    failpoints.hit("after_inbox_commit")
    queue.ring(_JOB)


def _spool(delivery: Delivery) -> None:
    try:
        spool.write(delivery)
    except OSError as fault:
        _log.error("webhook could not be kept anywhere", fault=type(fault).__name__)
        raise _Refused(503) from None


def _refusal(status: int) -> Response:
    headers = {"Retry-After": _RETRY_SECONDS} if status == 503 else {}
    return Response(status=status, headers=headers)
