"""MJML to HTML once per template; Liquid inside it is set aside meanwhile."""

import re
from functools import lru_cache

import mrml

from crm.i18n import gettext as _

_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_HELD = re.compile(r"lQd(\d+)dQl")
_TAG = re.compile(r"<\s*/?\s*(mj-[a-z-]+)")
_POSITION = re.compile(r"(?: in root template)?(?: at position (\d+):\d+)?\s*$")
_TAGS = frozenset(
    "mj-accordion mj-accordion-element mj-accordion-text mj-accordion-title mj-all mj-attributes"
    " mj-body mj-breakpoint mj-button mj-carousel mj-carousel-image mj-class mj-column mj-divider"
    " mj-font mj-group mj-head mj-hero mj-image mj-navbar mj-navbar-link mj-preview mj-raw"
    " mj-section mj-social mj-social-element mj-spacer mj-style mj-table mj-text mj-title"
    " mj-wrapper".split()
)
# No web fonts: opening a mail must not tell another company that it was opened.
_OPTIONS = mrml.RenderOptions(disable_comments=False, fonts={})


def to_html(source: str) -> str:
    """Compile MJML; Liquid stays as it was. Raises ValueError with `line N: what`."""
    problems = faults(source)
    if problems:
        raise ValueError("; ".join(f"line {line}: {words}" for line, words in problems))
    return _compile(source)


def faults(source: str) -> list[tuple[int, str]]:
    """List what is wrong with the markup as (line, words)."""
    if "<mjml" not in source:
        return [(1, _("MJML begins with <mjml> and has an <mj-body>"))]
    unknown = [
        (source.count("\n", 0, found.start()) + 1, _("there is no tag <%(tag)s>", tag=found[1]))
        for found in _TAG.finditer(source)
        if found[1] not in _TAGS
    ]
    if unknown:
        return sorted(set(unknown))
    try:
        _compile(source)
    except OSError as fault:
        return [_place(source, str(fault))]
    return []


@lru_cache(maxsize=64)
def _compile(source: str) -> str:
    kept: list[str] = []
    made = mrml.to_html(_set_aside(source, kept), None, _OPTIONS).content
    return _put_back(made, kept)


def _set_aside(source: str, kept: list[str]) -> str:
    def hold(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"lQd{len(kept) - 1}dQl"

    return _LIQUID.sub(hold, source)


def _put_back(made: str, kept: list[str]) -> str:
    return _HELD.sub(lambda found: kept[int(found[1])], made)


def _place(source: str, fault: str) -> tuple[int, str]:
    found = _POSITION.search(fault)
    words = fault[: found.start()] if found else fault
    if found is None or found[1] is None:
        return source.count("\n") + 1, words
    kept: list[str] = []
    shielded = _set_aside(source, kept).encode()
    before = _put_back(shielded[: int(found[1])].decode("utf-8", "ignore"), kept)
    return before.count("\n") + 1, words
