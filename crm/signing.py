"""Keys made from the one secret: sealed credentials, signed links, address hashes."""

import base64
import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadSignature, URLSafeSerializer

from crm import config
from crm.errors import NotFound, Rejected
from crm.i18n import gettext as _


def seal(plain: str) -> str:
    """Encrypt a credential for the database (AES-CBC with HMAC, keyed by CRM_SECRET_KEY)."""
    return _box().encrypt(plain.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt a credential. Raises Rejected when CRM_SECRET_KEY is not the one that sealed it."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        said = _("A stored credential cannot be read: CRM_SECRET_KEY has changed.")
        raise Rejected(said) from None


def sign_token(purpose: str, *ids: int | str) -> str:
    """Make a link token bound to one purpose; it carries ids only and never expires."""
    return URLSafeSerializer(_key("link"), salt=purpose).dumps(list(ids))


def read_token(purpose: str, token: str) -> list[int | str]:
    """Read a link token. Raises NotFound for a forged, cut or foreign one."""
    try:
        ids: list[int | str] = URLSafeSerializer(_key("link"), salt=purpose).loads(token)
    except BadSignature:
        raise NotFound(_("This link is not valid.")) from None
    return ids


def address_hash(channel: str, address: str) -> str:
    """Hash a normalised address with our key: it can be matched, but not guessed from a dump."""
    return _mac("address", f"{channel}:{address}").hexdigest()


def derived_code(*parts: int | str, length: int = 10) -> str:
    """Derive an upper-case code without look-alikes from `parts`; the same parts, the same code."""
    digest = _mac("code", "/".join(map(str, parts))).digest()
    letters = base64.b32encode(digest).decode().rstrip("=")
    return letters.translate(str.maketrans("IO", "89"))[:length]


def _mac(purpose: str, text: str) -> "hmac.HMAC":
    return hmac.new(_key(purpose), text.encode(), hashlib.sha256)


@cache
def _keys(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()


def _key(purpose: str) -> bytes:
    return _keys(config.settings().secret_key, purpose)


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key("seal")))
