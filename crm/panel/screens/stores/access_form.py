"""The part of a form that says how a platform is reached; connecting and editing share it."""

from dataclasses import dataclass
from typing import Any

from flask import request

from crm.panel import forms
from crm.panel.guides import Entry, Guide, find_guide, option_words
from crm.storefronts import Storefront, get_storefront

_CREDENTIALS = ("api_key", "api_secret")


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a platform with its words and what it is set to."""

    key: str
    words: Entry
    value: str


def parts_of(platform: str) -> list[tuple[str, Entry]]:
    """List the parts of the access that a platform needs or may have, with their words."""
    guide, needed = find_guide(platform), get_storefront(platform).API
    asked = [part for part in ("url", "key", "secret") if part in needed or part in guide.api]
    return [(f"api_{part}", guide.api.get(part) or Entry(part)) for part in asked]


def signing_part(platform: str) -> str:
    """Name the field of the access that webhooks are signed with; empty where it is another."""
    part = find_guide(platform).signs_with
    return f"api_{part}" if part else ""


def read_access(platform: str, *, keep_empty: bool = False) -> dict[str, Any]:
    """Read what the form says of the access; credentials left empty are left out.

    `keep_empty` gives other empty fields as None, which takes them away.
    """
    found: dict[str, Any] = {}
    for name in (*(name for name, _entry in parts_of(platform)), *_extra(platform)):
        value = forms.optional(name)
        if value or (keep_empty and name not in _CREDENTIALS and name in request.form):
            found[name] = value
    return found | {"options": _options(get_storefront(platform))}


def shown_access(platform: str, given: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Give all that the template of this part needs; `options` are those that are set."""
    plugin, guide = get_storefront(platform), find_guide(platform)
    shown = [
        Option(
            key, option_words(platform, key), given.get(f"option.{key}", options.get(key, usual))
        )
        for key, usual in plugin.OPTIONS.items()
    ]
    return {
        "platform": platform,
        "plugin": plugin,
        "guide": guide,
        "parts": parts_of(platform),
        "needed": [option for option in shown if option.key in guide.needed],
        "options": [option for option in shown if option.key not in guide.needed],
        "with_key": guide.by_key,
    }


def _extra(platform: str) -> tuple[str, ...]:
    guide: Guide = find_guide(platform)
    return ("public_key",) if guide.by_key else ()


def _options(plugin: Storefront) -> dict[str, str]:
    """Read the options; one that stands as usual is not kept, so that it follows the usual."""
    given = {
        key: forms.text(f"option.{key}")
        for key in plugin.OPTIONS
        if f"option.{key}" in request.form
    }
    return {key: value for key, value in given.items() if value != plugin.OPTIONS[key]}
