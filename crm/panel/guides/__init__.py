"""What a seller has to know to connect a platform: what it asks for and where that stands."""

from collections.abc import Mapping

from crm.panel.guides.options import OPTION_WORDS
from crm.panel.guides.reviews import REVIEW_APPS
from crm.panel.guides.rows import Entry, Guide
from crm.panel.guides.shops import SHOPS
from crm.storefronts import get_storefront, platforms

__all__ = ["Entry", "Guide", "address_of", "apps", "find_guide", "option_words", "shops"]

_GUIDES: Mapping[str, Guide] = {**SHOPS, **REVIEW_APPS}
_PLAIN = Guide(pitch="", maker="us")


def find_guide(platform: str) -> Guide:
    """Give what is known of a platform; one without words of its own is shown plainly."""
    return _GUIDES.get(platform, _PLAIN)


def shops() -> list[tuple[str, str, Guide]]:
    """List the platforms a store can be on: key, name, guide; in the order of the table."""
    return [one for one in _all() if not one[2].beside]


def apps() -> list[tuple[str, str, Guide]]:
    """List the apps that stand beside a storefront."""
    return [one for one in _all() if one[2].beside]


def option_words(platform: str, option: str) -> Entry:
    """Say what an option of a platform is; one without words is called by its name."""
    own = OPTION_WORDS.get(f"{platform}.{option}")
    return own or OPTION_WORDS.get(option) or Entry(option)


def address_of(platform: str, address: str, secret: str | None) -> str:
    """Write the address as it is pasted: with the secret inside where the platform has no other."""
    user = find_guide(platform).user_in_address
    if not user:
        return address
    scheme, _mark, rest = address.partition("://")
    return f"{scheme}://{user}:{secret or '…'}@{rest}"


def _all() -> list[tuple[str, str, Guide]]:
    there = platforms()
    known = [key for key in _GUIDES if key in there]
    others = [key for key in there if key not in _GUIDES]
    return [(key, get_storefront(key).LABEL, find_guide(key)) for key in known + others]
