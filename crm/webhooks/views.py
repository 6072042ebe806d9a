"""The door for webhooks: verify, keep, answer; nothing is understood here."""

import os
import re
from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from psycopg import IntegrityError
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from crm import clock, failpoints, queue
from crm.errors import NotFound, Rejected, Unavailable
from crm.storefronts import BadSignature, Hook
from crm.webhooks import doors, inbox, refill, spool
from crm.webhooks.doors import Address, Door
from crm.webhooks.inbox import Delivery
from crm.webhooks.patience import Away, asking

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_BODY = 1024 * 1024
# A sender who is cut off before its last byte may never see the answer; so read on for a while.
_MOST_SWALLOWED = 16 * 1024 * 1024
_PIECE = 64 * 1024
_PATH = "/webhooks/"
_RETRY_SECONDS = "30"
_SLUG = re.compile(r"[a-z0-9-]{1,60}")
_JOB = "crm.webhooks.jobs.drain_inbox"
_log = structlog.get_logger(__name__)


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class FrontDoor:
    """Stands before an application and takes the webhooks in: they need no session and no page."""

    def __init__(self, house: "WSGIApplication") -> None:
        self._house = house
        self._process = 0

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a webhook; let everything else through."""
        path: str = environ["PATH_INFO"]
        if not path.startswith(_PATH):
            return self._house(environ, start_response)
        if self._process != os.getpid():  # the first one here: a process before us may have died
            self._process = os.getpid()
            refill.empty_soon()
        status = HTTPStatus(_answer(environ, path.removeprefix(_PATH)))
        headers = [("Content-Length", "0")]
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append(("Retry-After", _RETRY_SECONDS))
        start_response(f"{status.value} {status.phrase}", headers)
        return ()


def _answer(environ: "WSGIEnvironment", place: str) -> int:
    try:
        return receive(environ, _address(environ, place))
    except _Refused as no:
        return no.status
    except Exception:  # noqa: BLE001 - its words may quote a body; the log masks them
        _log.exception("a webhook broke at the door")
        return 500


def receive(environ: "WSGIEnvironment", address: Address) -> int:
    """Take in one webhook of a store, or of an app connected beside its storefront."""
    door, hook = _find_door(address), _read_hook(environ)
    if door.platform.handshake(hook):
        return 200
    _verify(address, door, hook)
    _keep(_delivery(door, hook))
    return 200


def _address(environ: "WSGIEnvironment", place: str) -> Address:
    slug, has_app, app = place.partition("/")
    if not _SLUG.fullmatch(slug) or (has_app and not _SLUG.fullmatch(app)):
        raise _Refused(404)
    if environ["REQUEST_METHOD"] != "POST":
        raise _Refused(405)
    return slug, app if has_app else None


def _find_door(address: Address) -> Door:
    try:
        return doors.find_door(address)
    except NotFound:
        raise _Refused(404) from None
    except Away as fault:
        _log.error("database away, store not yet known", fault=str(fault))
        raise _Refused(503) from None
    except Rejected as no:  # its secrets cannot be unsealed: the owner can mend that in time
        _log.error("a store's door does not open", reason=no.reason)
        raise _Refused(503) from None


def _read_hook(environ: "WSGIEnvironment") -> Hook:
    if environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise _Refused(415)
    return Hook(_read_body(environ), _headers(environ), clock.now())


def _headers(environ: "WSGIEnvironment") -> dict[str, str]:
    """Name the headers as they were, in lower case (PEP 3333 writes them HTTP_LIKE_THIS)."""
    return {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }


def _read_body(environ: "WSGIEnvironment") -> bytes:
    """Read the body, measured as it comes: its announced length may be missing or a lie."""
    body, size = bytearray(), 0
    try:
        stream = get_input_stream(environ, max_content_length=_MOST_SWALLOWED)
        while piece := stream.read(_PIECE):
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
    """Check the signature; what fails is tried once more with what is known by now."""
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
        fresh = doors.look_everywhere(address)
        fresh.platform.verify(hook, fresh.secrets(hook.received_at), real_now)
    except (BadSignature, NotFound, Rejected, Away):
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
        with asking():
            inbox.keep_at_once(delivery)
    except Away as fault:
        _log.error("database away, webhook spooled", fault=str(fault))
        _spool(delivery)
        return
    except IntegrityError as fault:  # the store went a moment ago, or the database was replaced
        _log.error("webhook for a store that is gone", fault=type(fault).__name__)
        raise _Refused(503) from None
    failpoints.hit("after_inbox_commit")
    queue.ring_soon(_JOB)


def _spool(delivery: Delivery) -> None:
    try:
        spool.write(delivery)
        refill.empty_soon()
    except OSError as fault:
        _log.error("webhook could not be kept anywhere", fault=type(fault).__name__)
        raise _Refused(503) from None
