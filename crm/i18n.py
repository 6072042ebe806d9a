"""The reader's language: a context variable and gettext over our own catalogues."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.support import NullTranslations, Translations

LOCALES = ("en", "zh-Hans", "zh-Hant", "de")
_CATALOGUES = Path(__file__).parent / "translations"
_locale: ContextVar[str] = ContextVar("locale", default="en")


def gettext(message: str, **values: Any) -> str:
    """Translate a message into the reader's language and fill in `%(name)s` values."""
    text = _catalogue(_locale.get()).gettext(message)
    return text % values if values else text


def ngettext(one: str, many: str, count: int, **values: Any) -> str:
    """Translate a message that depends on a number; `%(count)s` is filled in as well."""
    text = _catalogue(_locale.get()).ngettext(one, many, count)
    return text % {"count": count, **values}


def mark(message: str) -> str:
    """Mark a constant for the catalogue; translate it later with `gettext`."""
    return message


def locale() -> str:
    """Tell the reader's language, one of LOCALES."""
    return _locale.get()


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Speak a language inside the block; an unknown one falls back to the nearest we have."""
    token = _locale.set(nearest(language))
    try:
        yield
    finally:
        _locale.reset(token)


def nearest(language: str | None) -> str:
    """Pick the language of LOCALES nearest to a BCP 47 or POSIX tag; English if none is near."""
    tag = (language or "").replace("_", "-")
    if tag.lower().startswith("zh"):
        traditional = any(part in tag for part in ("Hant", "TW", "HK", "MO"))
        return "zh-Hant" if traditional else "zh-Hans"
    base = tag.split("-")[0].lower()
    return base if base in LOCALES else "en"


def babel_locale(language: str | None) -> Locale:
    """Give Babel's locale for a tag, English (GB-like dates) when it is unknown."""
    try:
        return Locale.parse((language or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


@cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(_CATALOGUES, [language.replace("-", "_")])
