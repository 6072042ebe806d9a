"""The one client that calls storefronts: short patience, few tries, small answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from crm import strict_json
from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.storefronts import _backoff, _breaker
from crm.storefronts._odd_rows import read_rows
from crm.storefronts._session import CONNECT_SECONDS, session

_READ_SECONDS, _WHOLE_SECONDS = 15.0, 30.0
_HURRIED_CONNECT_SECONDS, _HURRIED_SECONDS = 2.0, 5.0
_MOST_ANSWER = 4 * 1024 * 1024
_MOST_WAIT_SECONDS = 86_400.0
_LATER = frozenset((408, 425, 429, *range(500, 600)))


class TooLarge(Rejected):
    """An answer beyond what we read; whoever asked for a list may ask for less."""


class Broken(Unavailable):
    """A storefront that broke over a call (500), perhaps as it asked for too much at once."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: `payload` goes as JSON, `auth` as a basic name and password, `headers` as told.

    `reads` says of a POST that it changes nothing, such as a GraphQL query. `by_row` reads a list
    row by row: one that cannot be accepted becomes an OddRow and spares the others. `hurried` is
    for a call that somebody at the door waits for: one try, a few seconds.
    """

    method: str
    url: str
    auth: tuple[str, str] | None = field(default=None, repr=False)
    params: dict[str, str] = field(default_factory=dict, repr=False)
    payload: dict[str, Any] | None = field(default=None, repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    reads: bool = False
    by_row: bool = False
    hurried: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A storefront's answer below 500; `body` is read JSON, None when there was none.

    `headers` has their names in lower case.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def call(ask: Ask) -> Answer:
    """Call a storefront; never inside a transaction. Reads that fail are tried again, briefly.

    Raises Unavailable when it cannot answer now, Rejected for an address, a redirect or an
    answer that will never do. Other refusals (4xx) are the caller's to read.
    """
    _check_url(ask.url)
    with _breaker.passage(ask.url) as is_probe:
        return _try(ask) if is_probe or not _may_repeat(ask) else _try_often(ask)


def _may_repeat(ask: Ask) -> bool:
    return not ask.hurried and (ask.reads or ask.method in ("GET", "HEAD"))


def _try_often(ask: Ask) -> Answer:
    deadline, tries = monotonic() + _backoff.WHOLE_SECONDS, 1
    while True:
        try:
            return _try(ask)
        except Unavailable as away:
            pause = _backoff.pause(tries, away.retry_after)
            if pause is None or monotonic() + pause > deadline:
                raise
        sleep(pause)
        tries += 1


def _try(ask: Ask) -> Answer:
    try:
        with session().request(
            ask.method,
            ask.url,
            auth=ask.auth,
            params=ask.params,
            json=ask.payload,
            headers=ask.headers,
            timeout=_timeout(ask),
            allow_redirects=False,
            stream=True,
        ) as reply:
            return _read(reply, ask)
    except (UnicodeEncodeError, requests.exceptions.InvalidHeader):
        raise Rejected(
            _("The key holds a sign that cannot be sent, such as a space or …: copy it again.")
        ) from None
    except (requests.RequestException, HTTPError, OSError) as fault:
        raise Unavailable(
            _("The storefront does not answer (%(fault)s).", fault=type(fault).__name__)
        ) from None


def _timeout(ask: Ask) -> tuple[float, float]:
    if ask.hurried:
        return _HURRIED_CONNECT_SECONDS, _HURRIED_SECONDS
    return CONNECT_SECONDS, _READ_SECONDS


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
        raise Rejected(_("The storefront's address must look like https://shop.example."))
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise Rejected(_("The storefront must be called over https: the key would go in the open."))


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _read(reply: requests.Response, ask: Ask) -> Answer:
    status = reply.status_code
    if status in _LATER:
        kind = Broken if status == HTTPStatus.INTERNAL_SERVER_ERROR else Unavailable
        raise kind(
            _("The storefront asks us to come back later (%(status)s).", status=status),
            _wait(status, reply.headers),
        )
    if 300 <= status < 400:
        raise Rejected(
            _(
                "The storefront sends us elsewhere (%(status)s): give its final address.",
                status=status,
            )
        )
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return Answer(status, _json(_body(reply, ask), ask), headers)


def _body(reply: requests.Response, ask: Ask) -> bytes:
    deadline = monotonic() + (_HURRIED_SECONDS if ask.hurried else _WHOLE_SECONDS)
    body = bytearray()
    # What is there, not a full piece of it: the deadline is kept also where an answer drips.
    for piece in iter(lambda: reply.raw.read1(64 * 1024, decode_content=True), b""):
        body += piece
        if len(body) > _MOST_ANSWER:
            raise TooLarge(_("The storefront's answer is too large."))
        if monotonic() > deadline:
            raise Unavailable(_("The storefront answers too slowly."))
    return bytes(body)


def _json(body: bytes, ask: Ask) -> Any:
    if not body.strip():
        return None
    try:
        return strict_json.loads(body)
    except Rejected:
        rows = _rows(body) if ask.by_row else None
    if rows is None:
        raise Rejected(
            _("The storefront's answer is not JSON: is its address that of the interface?")
        )
    return rows


def _rows(body: bytes) -> list[Any] | None:
    try:
        return read_rows(body)
    except (ValueError, RecursionError):
        return None


def _wait(status: int, headers: Mapping[str, str]) -> float | None:
    """Read how long to wait: Retry-After, or BigCommerce's milliseconds until calls count anew."""
    reset = headers.get("X-Rate-Limit-Time-Reset-Ms", "")
    if status == 429 and "Retry-After" not in headers and reset.isascii() and reset.isdigit():
        return min(int(reset[:12]) / 1000, _MOST_WAIT_SECONDS)
    return _retry_after(headers.get("Retry-After"), headers.get("Date"))


def _retry_after(value: str | None, sent: str | None) -> float | None:
    """Read Retry-After: seconds, or a date, which counts from the answer's own date."""
    if value is None:
        return None
    seconds = value.strip()
    if seconds.isascii() and seconds.isdigit():
        return min(float(seconds[:9]), _MOST_WAIT_SECONDS)
    until, since = http_date(value), http_date(sent)
    if until is None or since is None:
        return None
    return min(max((until - since).total_seconds(), 0.0), _MOST_WAIT_SECONDS)


def http_date(text: str | None) -> datetime | None:
    """Read a date of HTTP, such as an answer's own; None where it is none."""
    try:
        found = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    # HTTP knows one zone only, whether it is written or not (RFC 9110, 5.6.7).
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
