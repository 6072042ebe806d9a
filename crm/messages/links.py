"""Links of a message: signed, bound to one purpose, carrying ids and nothing about a person."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from crm import config
from crm.errors import NotFound
from crm.i18n import gettext as _
from crm.signing import read_token, sign_token

_PREFERENCES, _SURVEY, _CLICK = "preferences", "survey", "click"
OWN_PATHS = ("/u/", "/s/", "/c/")


class Linked(Protocol):
    """What a link needs to know of a message."""

    @property
    def store_id(self) -> int:
        """The store's wall."""

    @property
    def id(self) -> int:
        """The message itself; 0 for a sample."""

    @property
    def buyer_id(self) -> int:
        """Whose message it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a link points at: a message of a buyer of a store."""

    store_id: int
    message_id: int
    buyer_id: int


@dataclass(frozen=True, slots=True)
class Target:
    """What a click link points at; the address is fixed inside the signed token."""

    place: Place
    url: str


def unsubscribe_url(message: Linked) -> str:
    """Give the address of the page where its buyer says what she wants; RFC 8058 posts there."""
    return _url("/u/", sign_token(_PREFERENCES, *_ids(message)))


def survey_url(message: Linked) -> str:
    """Give the address of the message's survey."""
    return _url("/s/", sign_token(_SURVEY, *_ids(message)))


def click_url(message: Linked, target: str) -> str:
    """Wrap a link so that following it is noted; the target travels signed."""
    return _url("/c/", sign_token(_CLICK, *_ids(message), target))


def read_preferences(token: str) -> Place:
    """Read the token of `/u/`. Raises NotFound."""
    return _place(read_token(_PREFERENCES, token))


def read_survey(token: str) -> Place:
    """Read the token of `/s/`. Raises NotFound."""
    return _place(read_token(_SURVEY, token))


def read_click(token: str) -> Target:
    """Read the token of `/c/`. Raises NotFound, also for a target that is not http(s)."""
    *ids, url = read_token(_CLICK, token)
    if not isinstance(url, str) or not is_web(url):
        raise NotFound(_("This link is not valid."))
    return Target(_place(ids), url)


def is_web(url: str) -> bool:
    """Tell whether an address is plain http or https with a host and nothing hidden in it."""
    if any(ord(letter) < 33 or letter in '\\<>"' for letter in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        return False


def is_own(url: str) -> bool:
    """Tell whether an address is one of our own public pages."""
    base = config.settings().public_url
    return url.startswith(tuple(base + path for path in OWN_PATHS))


def _ids(message: Linked) -> tuple[int, int, int]:
    return message.store_id, message.id, message.buyer_id


def _place(ids: list[int | str]) -> Place:
    match ids:
        case [int(store_id), int(message_id), int(buyer_id)]:
            return Place(store_id, message_id, buyer_id)
        case _:
            raise NotFound(_("This link is not valid."))


def _url(path: str, token: str) -> str:
    return f"{config.settings().public_url}{path}{token}"
