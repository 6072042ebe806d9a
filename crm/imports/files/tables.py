"""A file as a table: what it is written in, its heading, its rows, each cell under our names."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from crm import strict_json
from crm.errors import Rejected
from crm.i18n import gettext as _
from crm.imports.files import encodings
from crm.imports.files.lines import Record, decoded, records

_SAMPLE = 1 << 18
_DELIMITERS = (",", ";", "\t", "|")
_MOST_COLUMNS = 1000
_JSON_SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: `delimiter` is empty for JSON Lines."""

    encoding: str
    sure: bool
    delimiter: str
    heading: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row by its columns' names; `fault` says why there are no cells."""

    number: int
    text: str
    cells: Mapping[str, Any]
    fault: str | None = None


def inspect(path: Path, encoding: str | None = None) -> Layout:
    """Find out how a file is written. Raises Rejected when it is no table."""
    with path.open("rb") as raw:
        sample = raw.read(_SAMPLE)
    if not sample.strip():
        raise Rejected(_("The file is empty."))
    is_whole = len(sample) < _SAMPLE
    guess = encodings.chosen(encoding) if encoding else encodings.detect(sample, whole=is_whole)
    with path.open("rb") as raw, decoded(raw, guess.encoding) as lines:
        first = next(records(lines, ""), None)
    start = first.text.lstrip("\ufeff \t") if first else ""
    if start.startswith("["):
        raise Rejected(_("This is one JSON list; write one JSON object on each line."))
    if start.startswith("{"):
        return Layout(guess.encoding, guess.sure, "", _names_in(path, guess.encoding))
    return _table(path, guess)


def _names_in(path: Path, encoding: str) -> tuple[str, ...]:
    """Collect the names that the first objects use, flattened."""
    names: dict[str, None] = {}
    with path.open("rb") as raw, decoded(raw, encoding) as lines:
        for record in records(lines, ""):
            row = _object(record)
            names |= dict.fromkeys(row.cells)
            if record.number >= _JSON_SAMPLE or len(names) > _MOST_COLUMNS:
                break
    return tuple(names)[:_MOST_COLUMNS]


def _table(path: Path, guess: encodings.Guess) -> Layout:
    with path.open("rb") as raw, decoded(raw, guess.encoding) as lines:
        delimiter = max(_DELIMITERS, key=lines.readline(_SAMPLE).count)
    with path.open("rb") as raw, decoded(raw, guess.encoding) as lines:
        first = next(records(lines, delimiter), None)
    if first is None or first.fault:
        fault = first.fault if first and first.fault else _("The file is empty.")
        raise Rejected(_("The first line cannot be read: %(fault)s", fault=fault))
    text = first.text.lstrip("\ufeff")
    heading = [cell.strip() for cell in _cells(text, delimiter)]
    while heading and not heading[-1]:
        heading.pop()
    if len(heading) > _MOST_COLUMNS:
        raise Rejected(_("The file has more than %(most)s columns.", most=_MOST_COLUMNS))
    if doubled := sorted({name for name in heading if name and heading.count(name) > 1}):
        raise Rejected(_("Two columns are called %(name)s.", name=doubled[0][:100]))
    return Layout(guess.encoding, guess.sure, delimiter, tuple(heading))


@contextmanager
def opened(path: Path, layout: Layout) -> Iterator[tuple[BinaryIO, Iterator[Row]]]:
    """Open a file for its rows; the bytes below tell how far the reading is."""
    with path.open("rb") as raw, decoded(raw, layout.encoding) as lines:
        found = records(lines, layout.delimiter)
        if layout.delimiter:
            next(found, None)
            yield raw, (_row(record, layout) for record in found)
        else:
            yield raw, (_object(record) for record in found)


def _row(record: Record, layout: Layout) -> Row:
    if record.fault:
        return Row(record.number, record.text, {}, record.fault)
    try:
        cells = _cells(record.text, layout.delimiter)
    except csv.Error:
        return Row(record.number, record.text, {}, _("The row is not CSV."))
    wide = len(layout.heading)
    if any(cell.strip() for cell in cells[wide:]):
        fault = _("The row has %(count)s cells, the heading %(wide)s.", count=len(cells), wide=wide)
        return Row(record.number, record.text, {}, fault)
    named = {name: cell for name, cell in zip(layout.heading, cells, strict=False) if name}
    return Row(record.number, record.text, named)


def _cells(text: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])


def _object(record: Record) -> Row:
    if record.fault:
        return Row(record.number, record.text, {}, record.fault)
    try:
        told = strict_json.loads(record.text.lstrip("\ufeff"))
    except Rejected as no:
        return Row(record.number, record.text, {}, no.reason)
    if not isinstance(told, dict):
        return Row(record.number, record.text, {}, _("The line is not a JSON object."))
    return Row(record.number, record.text, dict(_flat(told)))


def _flat(told: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    """Write nested objects, and lists of them, as names with dots; a list of words stays one."""
    for name, value in told.items():
        here = f"{place}.{name}" if place else name
        if isinstance(value, dict):
            yield from _flat(value, here)
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            for number, one in enumerate(value):
                yield from _flat(one if isinstance(one, dict) else {"": one}, f"{here}.{number}")
        else:
            yield here, value
