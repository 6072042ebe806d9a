"""The door of the neutral webhook: who may post one, what it is called, what it is about.

Signature rules: https://github.com/standard-webhooks/standard-webhooks (spec, version 1.0.0).
"""

import base64
import json
import secrets
from datetime import datetime

from crm.errors import Rejected
from crm.events import Event
from crm.i18n import gettext as _
from crm.storefronts import Home, Hook, Secrets
from crm.storefronts._signatures import base64_hmac, check_one_of, from_base64, standard_parts

HEADERS = ("webhook-", "content-type")

_PREFIX, _PUBLIC_PREFIX = "whsec_", "whpk_"


def new_secret() -> str:
    """Make 32 random bytes in the spelling of the specification."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def check_secret(secret: str) -> None:
    """Refuse `whsec_` in front of what is not base64."""
    if secret.startswith(_PREFIX) and not from_base64(secret.removeprefix(_PREFIX)):
        raise Rejected(_("A secret that starts with whsec_ goes on in base64."))


def verify(hook: Hook, secrets: Secrets, real_now: datetime) -> None:
    """Check any of the listed signatures over `id.timestamp.body`. Raises BadSignature."""
    signed, listed = standard_parts(hook, real_now)
    if _signed_by_key(signed, listed, secrets.public_key):
        return
    expected = [f"v1,{base64_hmac(_key(secret), signed)}" for secret in secrets.live]
    check_one_of(expected, listed)


def handshake(_hook: Hook) -> bool:
    """Tell that the specification has none."""
    return False


def delivery_id(hook: Hook) -> str:
    """Give the signed `webhook-id`, the same on every retry."""
    return hook.headers["webhook-id"]


def topic(hook: Hook) -> str:
    """Read the type out of the body; empty when it cannot be read."""
    try:
        body = json.loads(hook.body)
    except (ValueError, RecursionError):
        return ""
    kind = body.get("type") if isinstance(body, dict) else None
    return kind if isinstance(kind, str) else ""


def parse(hook: Hook, home: Home) -> tuple[Event, ...]:
    """Say what the webhook means. Raises Rejected when it cannot be understood."""
    from crm.storefronts._neutral.reading import read  # forms are not needed at the door

    return read(hook, home)


def _key(secret: str) -> bytes:
    plain = secret.removeprefix(_PREFIX)
    return from_base64(plain) or plain.encode()


def _signed_by_key(signed: bytes, listed: list[str], public_key: str | None) -> bool:
    given = [text.removeprefix("v1a,") for text in listed if text.startswith("v1a,")]
    if not given or not public_key:
        return False
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = from_base64(public_key.removeprefix(_PUBLIC_PREFIX)) or b""
    for text in given:
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(from_base64(text) or b"", signed)
        except (InvalidSignature, ValueError):
            continue
        return True
    return False
