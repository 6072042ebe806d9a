"""Every visible word is there in every language, whole and with its placeholders."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from crm.i18n import LOCALES

ROOT = Path(__file__).parents[2]
CRM = ROOT / "crm"
CATALOGUES = [name.replace("-", "_") for name in LOCALES if name != "en"]
KEYWORDS = {"_": None, "gettext": None, "mark": None, "ngettext": (1, 2)}
PLACEHOLDERS = re.compile(r"%\(\w+\)\w|%%|\{\{\s*[\w.]+|</?\w+>")


def spoken() -> Iterator[str]:
    """Give the key of every word in the code and the templates."""
    templates = [path for path in CRM.rglob("*.html") if "templates" in path.parts]
    sources = [("python", path) for path in CRM.rglob("*.py")]
    for method, path in sources + [("jinja2", path) for path in templates]:
        for _line, words, _comments, _context in extract_from_file(method, path, KEYWORDS):
            yield words if isinstance(words, str) else words[0]


def catalogue(language: str) -> dict[str, Message]:
    source = CRM / "translations" / language / "LC_MESSAGES" / "messages.po"
    with source.open("rb") as file:
        return {_forms(message.id)[0]: message for message in read_po(file) if message.id}


def _forms(words: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words)


def test_there_is_a_catalogue_for_every_language_and_no_other() -> None:
    found = {path.parent.parent.name for path in CRM.glob("translations/*/*/messages.po")}
    assert found == set(CATALOGUES)


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_word_is_missing_from_a_catalogue_and_none_is_left_over(language: str) -> None:
    words, known = set(spoken()), set(catalogue(language))
    assert words - known == set(), "run bin/words and translate the new entries"
    assert known - words == set(), "run bin/words to forget these"


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_word_is_translated_and_sure(language: str) -> None:
    messages = catalogue(language).values()
    assert [message.id for message in messages if not all(_forms(message.string))] == []
    assert [message.id for message in messages if message.fuzzy] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_keeps_every_placeholder(language: str) -> None:
    for message in catalogue(language).values():
        wanted = set(PLACEHOLDERS.findall(_forms(message.id)[-1]))
        *few, many = _forms(message.string)
        assert set(PLACEHOLDERS.findall(many)) == wanted, message.id
        # "in the last 24 hours" need not repeat its one.
        assert all(set(PLACEHOLDERS.findall(form)) <= wanted for form in few), message.id
