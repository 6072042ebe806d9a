"""The form of a guide: words marked for translation, and who makes the secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of the form: its name over there, where to find it, what it looks like."""

    label: str
    hint: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """How a platform is connected.

    `maker` tells who makes the secret: we, the platform, or nobody. `by_hand` are the steps in
    the storefront, `topics` what is to be chosen there. `beside`: an app beside a storefront.
    """

    pitch: str
    maker: Literal["us", "them", "nobody"]
    secret_entry: Entry | None = None
    signs_with: str = ""  # the part of the access that is the secret as well
    access: str = ""
    api: Mapping[str, Entry] = field(default_factory=dict)
    needed: tuple[str, ...] = ()  # options without which the interface cannot be asked
    by_hand: tuple[str, ...] = ()
    topics: str = ""
    beside: bool = False
    user_in_address: str = ""
    by_key: bool = False  # webhooks may be signed with a key of the platform, told here
