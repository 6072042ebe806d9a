"""Makes the short name of a store that stands in its addresses."""

import re

from anyascii import anyascii
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.stores.models import Store

_MOST = 40
# Syllables of Chinese come as ChaGuan; people read cha-guan.
_SYLLABLE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_GAP = re.compile(r"[^a-z0-9]+")


def free_slug(session: Session, name: str) -> str:
    """Make a slug of a store's name that no store has: tea-house, tea-house-2, …"""
    wanted = slug_of(name)
    taken = set(session.scalars(select(Store.slug).where(Store.slug.startswith(wanted))))
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def slug_of(name: str) -> str:
    """Write a name in small Latin letters; one without any letter becomes `store`."""
    words = _SYLLABLE.sub("-", anyascii(name).replace("'", ""))
    return _GAP.sub("-", words.lower()).strip("-")[:_MOST].strip("-") or "store"
