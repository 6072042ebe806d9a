"""Checks detached signatures (RFC 7515, RFC 7797) with the keys a storefront publishes (RFC 7517).

Keys are kept by the process for hours. An unknown key asks for them anew, but seldom: whoever
posts forgeries must not make us call the storefront each time.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from crm.errors import Rejected, Unavailable
from crm.i18n import gettext as _
from crm.storefronts import BadSignature
from crm.storefronts._backoff import bounded

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_FRESH_SECONDS = 6 * 3600.0
# Keys that cannot be read anew serve on for a day: the storefront may be away, or its front door.
_LAST_SECONDS = 24 * 3600.0
_BETWEEN_SEARCHES_SECONDS = 30.0
_AFTER_FAILURE_SECONDS = 5.0
_WAIT_SECONDS = 3.0
_MOST_SIGNATURE, _MOST_KEYS = 8192, 50
_BITS = range(2048, 8193)
_LARGEST_EXPONENT = 2**32


@dataclass(slots=True)
class _Ring:
    """The keys of one address by their ids; the times are those of `monotonic`."""

    keys: dict[str, "RSAPublicKey"] = field(default_factory=dict)
    read_at: float | None = None
    failed_at: float | None = None
    searched_at: float | None = None
    turn: Lock = field(default_factory=Lock)


_rings: dict[str, _Ring] = {}


def verify_detached(signature: str, body: bytes, url: str) -> None:
    """Check `header..signature` (RS256, payload as it is) over a body.

    Raises BadSignature, or Unavailable when the keys cannot be had now.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    header, raw = _parts(signature)
    key = _find_key(url, _key_id(header))
    try:
        key.verify(raw, header.encode() + b"." + body, PKCS1v15(), SHA256())
    except InvalidSignature:
        raise BadSignature from None


def forget() -> None:
    """Forget every key."""
    _rings.clear()


def _parts(signature: str) -> tuple[str, bytes]:
    pieces = signature.split(".") if len(signature) <= _MOST_SIGNATURE else []
    if len(pieces) != 3 or pieces[1]:  # a payload inside is another one than the body
        raise BadSignature
    return pieces[0], _unwrapped(pieces[2])


def _key_id(header: str) -> str:
    """Read which key signed; only the one algorithm and the one extension are taken."""
    try:
        said = json.loads(_unwrapped(header))
    except (ValueError, RecursionError):
        raise BadSignature from None
    if not isinstance(said, dict) or said.get("alg") != "RS256":
        raise BadSignature
    if said.get("b64") is not False or said.get("crit") != ["b64"]:
        raise BadSignature
    name = said.get("kid")
    if not isinstance(name, str) or not 0 < len(name) <= 200:
        raise BadSignature
    return name


def _unwrapped(text: str) -> bytes:
    """Read base64 for addresses in its one spelling: without padding, without stray bits."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        raise BadSignature from None
    if not raw or urlsafe_b64encode(raw).rstrip(b"=") != text.encode():
        raise BadSignature
    return raw


def _find_key(url: str, name: str) -> "RSAPublicKey":
    ring = _rings.setdefault(url, _Ring())
    key = ring.keys.get(name)
    if key is not None and _within(ring.read_at, _FRESH_SECONDS):
        return key
    # Whoever holds a key that will do does not wait for another's search.
    will_do = key is not None and _within(ring.read_at, _LAST_SECONDS)
    if not ring.turn.acquire(timeout=0 if will_do else _WAIT_SECONDS):
        if key is not None and will_do:
            return key
        raise _away()
    try:
        return _search(ring, url, name)
    finally:
        ring.turn.release()


def _search(ring: _Ring, url: str, name: str) -> "RSAPublicKey":
    """Find a key with the ring to ourselves: among those known, else among those of now."""
    try:
        if _is_due(ring, name):
            _renew(ring, url)
    except Unavailable:
        # Never a no to a key we could not look for: a storefront does not send again after a 401.
        if name not in ring.keys or not _within(ring.read_at, _LAST_SECONDS):
            raise
    if name not in ring.keys:
        raise BadSignature
    return ring.keys[name]


def _is_due(ring: _Ring, name: str) -> bool:
    if not _within(ring.read_at, _FRESH_SECONDS):
        return True
    unknown = name not in ring.keys
    return unknown and not _within(ring.searched_at, bounded(_BETWEEN_SEARCHES_SECONDS))


def _renew(ring: _Ring, url: str) -> None:
    if _within(ring.failed_at, bounded(_AFTER_FAILURE_SECONDS)):
        raise _away()
    try:
        keys = _fetch(url)
    except Unavailable:
        ring.failed_at = monotonic()
        raise
    now = monotonic()
    # The first reading is no search: a key changed right after it is still found.
    ring.searched_at = now if ring.read_at is not None else None
    ring.keys, ring.read_at, ring.failed_at = keys, now, None


def _within(since: float | None, seconds: float) -> bool:
    return since is not None and monotonic() - since < seconds


def _fetch(url: str) -> dict[str, "RSAPublicKey"]:
    from crm.storefronts._http import Ask, call  # the door opens without a client

    try:
        answer = call(Ask("GET", url, hurried=True))
    except Rejected as no:
        raise Unavailable(no.reason) from None
    listed = answer.body.get("keys") if isinstance(answer.body, dict) else None
    keys = dict(_read(key) for key in listed[:_MOST_KEYS]) if isinstance(listed, list) else {}
    usable = {name: key for name, key in keys.items() if key is not None}
    if answer.status != 200 or not usable:
        raise _away()
    return usable


def _read(said: Any) -> tuple[str, "RSAPublicKey | None"]:
    """Read one key with its id; what is not for RS256 signatures is none."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    key = said if isinstance(said, dict) else {}
    name = key.get("kid")
    fits = key.get("kty") == "RSA" and key.get("alg") in (None, "RS256")
    if not (isinstance(name, str) and name and fits and key.get("use") in (None, "sig")):
        return "", None
    try:
        modulus, exponent = _number(key.get("n")), _number(key.get("e"))
        if modulus.bit_length() not in _BITS or not 2 < exponent < _LARGEST_EXPONENT:
            return "", None
        return name, RSAPublicNumbers(exponent, modulus).public_key()
    except (BadSignature, ValueError):
        return "", None


def _number(text: Any) -> int:
    return int.from_bytes(_unwrapped(text if isinstance(text, str) else ""), "big")


def _away() -> Unavailable:
    return Unavailable(_("The storefront's keys cannot be read; without them nothing is verified."))
