"""Checks signatures without telling, by the time it takes, how near a forgery came."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from crm.storefronts import BadSignature, Hook

_MOST_SIGNATURES = 16
# Both ways, as the reference libraries of Standard Webhooks have it.
TOLERANCE_SECONDS = 300


def base64_hmac(key: bytes, signed: bytes) -> str:
    """Make the base64 text of an HMAC-SHA256."""
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def check_one_of(expected: Iterable[str], given: Iterable[str]) -> None:
    """Accept when any given signature is one of the expected. Raises BadSignature."""
    signatures = [text.encode("utf-8", "replace") for text in given]
    matches = [
        hmac.compare_digest(wanted.encode(), signature)
        for wanted in expected
        for signature in signatures
    ]
    if not any(matches):
        raise BadSignature


def standard_parts(hook: Hook, real_now: datetime) -> tuple[bytes, list[str]]:
    """Give what Standard Webhooks signs, `id.timestamp.body`, and the signatures that came.

    Raises BadSignature when there are none or the signed time is not now.
    """
    name, sent = hook.headers.get("webhook-id", ""), hook.headers.get("webhook-timestamp", "")
    listed = hook.headers.get("webhook-signature", "").split()[:_MOST_SIGNATURES]
    if not name or not listed:
        raise BadSignature
    check_fresh(sent, real_now)
    return b".".join((name.encode("latin-1", "replace"), sent.encode(), hook.body)), listed


def check_fresh(unix_seconds: str, real_now: datetime) -> None:
    """Refuse a signed time more than five minutes from now. Raises BadSignature."""
    if not (unix_seconds.isascii() and unix_seconds.isdigit() and len(unix_seconds) <= 12):
        raise BadSignature
    if abs(real_now.timestamp() - int(unix_seconds)) > TOLERANCE_SECONDS:
        raise BadSignature


def from_base64(text: str) -> bytes | None:
    """Read base64 strictly; None when it is something else."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
