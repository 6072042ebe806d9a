"""Brings what Saleor says to one spelling: names of fields, languages, digests."""

import hashlib
import json
import re
from typing import Any

_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def snaked(value: Any) -> Any:
    """Write the names of fields in snake_case, all the way down."""
    if isinstance(value, dict):
        return {_CAPITAL.sub(r"_\1", name).lower(): snaked(one) for name, one in value.items()}
    return [snaked(one) for one in value] if isinstance(value, list) else value


def language(code: str | None) -> str | None:
    """Turn ZH_HANS, pt-br and DE into zh-Hans, pt-BR and de."""
    if not code or not _LANGUAGE.fullmatch(code):
        return None
    first, *rest = re.split("[-_]", code)
    parts = [part.title() if len(part) == 4 else part.upper() for part in rest]
    return "-".join([first.lower(), *parts])


def digest_of(thing: Any) -> str:
    """Hash a thing as it was told, the same whether a webhook or the interface told it."""
    told = json.dumps(thing, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()
