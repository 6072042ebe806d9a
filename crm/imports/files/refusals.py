"""The rows that could not be taken, as a file beside the input: to be mended and brought again."""

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crm.imports.files.tables import Layout, Row
from crm.imports.files.values import safe

_BEFORE = ("refused row", "refused because")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row and why it was not taken."""

    row: Row
    reason: str


def path_beside(path: Path) -> Path:
    """Name the file of refused rows of an input."""
    return path.with_name(f"{path.stem}.refused.csv")


def write(path: Path, layout: Layout, refusals: Sequence[Refusal], place: int) -> int:
    """Write refusals from byte `place` on and let the disk have them; gives where they end.

    What stands behind `place` is of a batch that was never settled; it is written anew.
    """
    if not refusals:
        return place
    with path.open("r+b" if place and path.exists() else "wb") as kept:
        kept.truncate(place)
        kept.seek(place)
        if not place:
            kept.write(b"\xef\xbb\xbf" + _line((*_BEFORE, *_heading(layout))))
        for refusal in refusals:
            kept.write(_line(_cells(refusal, layout)))
        kept.flush()
        os.fsync(kept.fileno())
        return kept.tell()


def _heading(layout: Layout) -> Sequence[str]:
    return [safe(name) for name in layout.heading] if layout.delimiter else ["line"]


def _cells(refusal: Refusal, layout: Layout) -> Iterable[str]:
    row = refusal.row
    if layout.delimiter and row.cells:
        cells = [str(row.cells.get(name, "")) for name in layout.heading]
    else:
        cells = [row.text.strip("\r\n")]
    return [str(row.number), refusal.reason, *map(safe, cells)]


def _line(cells: Iterable[str]) -> bytes:
    kept = _Kept()
    csv.writer(kept, lineterminator="\r\n").writerow(cells)
    # Bytes that were no text stay visible as what they were.
    return kept.text.encode("utf-8", "backslashreplace")


class _Kept:
    """Holds the one line that is written to it."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text
