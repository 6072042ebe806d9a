"""Turns the HTML that WordPress puts into texts into plain ones."""

import html
import re

_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")


def plain(text: str | None) -> str:
    """Drop the tags, keep the line ends, read the entities."""
    without = _TAG.sub("", _BREAK.sub("\n", text or ""))
    return html.unescape(without).strip()
