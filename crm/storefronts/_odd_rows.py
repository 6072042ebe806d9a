"""Reads a list row by row, so that one that cannot be accepted does not take the others along."""

import json
from dataclasses import dataclass
from typing import Any

from crm import strict_json
from crm.errors import Rejected

_DECODER = json.JSONDecoder(parse_float=str)
_BETWEEN = " \t\r\n,"


@dataclass(frozen=True, slots=True)
class OddRow:
    """A row that was refused; `row` is only good for finding its id and times."""

    reason: str
    row: Any


def read_rows(body: bytes) -> list[Any] | None:
    """Read the rows of a JSON list; None where it is none. Raises ValueError, RecursionError."""
    text = body.decode("utf-8-sig")
    whole = _DECODER.decode(text)
    if not isinstance(whole, list):
        return None
    rows, place = [], text.index("[") + 1
    for row in whole:
        while text[place] in _BETWEEN:
            place += 1
        _same, end = _DECODER.raw_decode(text, place)
        rows.append(_row(row, text[place:end]))
        place = end
    return rows


def _row(row: Any, text: str) -> Any:
    try:
        return strict_json.loads(text)
    except Rejected as fault:
        return OddRow(fault.reason, row)


def plain(row: Any) -> Any:
    """Look at a row whether it was accepted or not, for its id and times."""
    return row.row if isinstance(row, OddRow) else row
