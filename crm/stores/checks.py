"""Checks what a seller says about a store; each gives the value to keep or says how to mend it.

A check raises ValueError with the words for its field.
"""

import base64
from collections.abc import Callable
from difflib import get_close_matches
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError

from crm import config
from crm.i18n import gettext as _
from crm.money import is_currency
from crm.registry import keys
from crm.stores.zones import zone_names

_KEY_BYTES = 32
Check = Callable[[str], str | None]


def check_name(given: str) -> str:
    """Accept a name of 1 to 100 letters."""
    name = " ".join(given.split())
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise ValueError(_("must be a name of 1 to 100 letters"))
    return name


def check_platform(given: str) -> str:
    """Accept a platform there is."""
    known = keys("crm.storefronts")
    if given not in known:
        raise ValueError(_("must be one of %(known)s", known=", ".join(known)))
    return given


def check_currency(given: str) -> str:
    """Accept an ISO 4217 code in any case."""
    code = given.strip().upper()
    if not is_currency(code):
        raise ValueError(_("must be a currency code such as EUR"))
    return code


def check_timezone(given: str) -> str:
    """Accept a zone of the IANA database."""
    name = given.strip()
    if name in zone_names():
        return name
    near = get_close_matches(name, sorted(zone_names()), n=1) or ["Europe/Berlin"]
    raise ValueError(_("must be a time zone such as %(near)s", near=near[0]))


def check_locale(given: str) -> str:
    """Accept a language tag such as de or zh-Hant."""
    try:
        parsed = Locale.parse(given.strip().replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise ValueError(_("must be a language such as de or zh-Hans")) from None
    return str(parsed).replace("_", "-")


def check_country(given: str) -> str:
    """Accept an ISO 3166 code of two letters."""
    code = given.strip().upper()
    if code not in Locale("en").territories or len(code) != 2 or code in _NOT_COUNTRIES:
        raise ValueError(_("must be a country code of two letters such as DE"))
    return code


def check_url(given: str) -> str:
    """Accept a web address without a password, https unless it is this very machine."""
    url = given.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
    except ValueError:
        whole = None
    if not whole or "@" in parts.netloc or parts.fragment or len(url) > 500 or " " in url:
        raise ValueError(_("must be a web address such as https://shop.example"))
    local = _is_loopback(parts.hostname) or config.settings().allow_private_stores
    if parts.scheme == "http" and not local:
        raise ValueError(_("must start with https: keys would go in the open"))
    return url


def check_text(given: str) -> str | None:
    """Accept a key or secret of up to 5000 letters as it is; blank is none."""
    if len(given) > 5000 or "\0" in given:
        raise ValueError(_("is too long"))
    return given if given.strip() else None


def check_public_key(given: str) -> str:
    """Accept an ed25519 key as Standard Webhooks writes it: whpk_ and 32 bytes in base64."""
    key = given.strip()
    try:
        raw = base64.b64decode(key.removeprefix("whpk_"), validate=True)
    except ValueError:
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise ValueError(_("must be whpk_ followed by 32 bytes in base64 (an ed25519 key)"))
    return key


def _is_loopback(host: str | None) -> bool:
    return host in ("localhost", "::1") or (host or "").startswith("127.")


_NOT_COUNTRIES = frozenset(("EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"))
