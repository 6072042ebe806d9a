"""Reads a file record by record in flat memory, however it was broken on its way to us."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from crm.i18n import gettext as _

# A row longer than this is refused with its beginning; so is one that goes over more lines.
MOST_LETTERS = 1 << 20
_MOST_LINES = 200
_SUSPECTS = "".join(map(chr, range(0xDC80, 0xDD00)))
csv.field_size_limit(MOST_LETTERS)


@dataclass(frozen=True, slots=True)
class Record:
    """One row as text; `fault` says why it cannot be read."""

    number: int
    text: str
    fault: str | None = None


def decoded(raw: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """Read bytes as text; what is no text in this encoding is marked, not lost."""
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return io.TextIOWrapper(raw, encoding, errors, newline="")


def records(text: io.TextIOWrapper, delimiter: str) -> Iterator[Record]:
    """Give the rows by number from 1; with a `delimiter` one may go on over lines, as in CSV."""
    waiting: list[str] = []
    number = 0
    while waiting or (line := _line(text)):
        number += 1
        first = waiting.pop(0) if waiting else line
        if len(first) >= MOST_LETTERS:
            yield Record(number, first, _("The row is longer than a million letters."))
        elif delimiter and '"' in first:
            yield _joined(text, waiting, Record(number, first), delimiter)
        elif first.strip("\r\n \t"):
            yield _checked(number, first)


def _joined(text: io.TextIOWrapper, waiting: list[str], first: Record, delimiter: str) -> Record:
    """Join the lines of a cell in quotation marks; one never closed costs only its own line."""
    lines: list[str] = []
    is_open = False

    def following() -> Iterator[str]:
        nonlocal is_open
        letters = 0
        more = first.text
        while more and len(lines) < _MOST_LINES and letters < MOST_LETTERS:
            lines.append(more)
            letters += len(more)
            yield more
            more = waiting.pop(0) if waiting else _line(text)
        is_open = True  # the reader wants more than there is
        if more:
            lines.append(more)

    try:
        # Strict: a mark that closes a cell in the middle of a later row was never meant to.
        next(csv.reader(following(), delimiter=delimiter, strict=True), None)
    except csv.Error:
        is_open = is_open or len(lines) > 1
    if is_open:
        waiting[:0] = lines[1:]
        return Record(first.number, first.text, _("A quotation mark is never closed."))
    return _checked(first.number, "".join(lines))


def _checked(number: int, text: str) -> Record:
    fault = None
    if "\0" in text:
        fault = _("The row holds a NUL, which is no text.")
    elif not text.isascii() and ("\ufffd" in text or (not text.isprintable() and _is_torn(text))):
        fault = _("The row holds bytes that are no text in this encoding.")
    return Record(number, text, fault)


def _is_torn(text: str) -> bool:
    return any(letter in _SUSPECTS for letter in text)


def _line(text: io.TextIOWrapper) -> str:
    """Read a line; the rest of one that is too long is passed over."""
    line = text.readline(MOST_LETTERS)
    if len(line) >= MOST_LETTERS and not line.endswith(("\n", "\r")):
        while (rest := text.readline(MOST_LETTERS)) and not rest.endswith(("\n", "\r")):
            continue
    return line
