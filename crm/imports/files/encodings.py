"""Guesses the encoding of a file from its first bytes; a guess is shown and can be overruled."""

import codecs
import re
from dataclasses import dataclass

from crm.errors import Rejected
from crm.i18n import gettext as _

# What a reader may choose, by the names people know.
CHOICES = ("utf-8", "utf-16", "gb18030", "big5", "cp1252", "latin-1")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The first planes of each set hold the letters in daily use.
_GB_COMMON = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]|[\xa1-\xa3][\xa1-\xfe]")
_BIG5_COMMON = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]|[\xa1-\xa3][\x40-\x7e\xa1-\xfe]")
# In western text letters with accents and signs stand alone, or two between plain letters.
_ALONE = re.compile(
    rb"(?<=[A-Za-z])[\xc0-\xff]{2}(?=[a-z])|(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])"
)
_HIGH = re.compile(rb"[\x80-\xff]")
_SURE = 0.8


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding by Python's name; `sure` when nothing else is likely."""

    encoding: str
    sure: bool


def detect(sample: bytes, *, whole: bool) -> Guess:
    """Guess by the mark in front, by what decodes at all, then by which letters are in daily use.

    `whole`: the sample is the file; else its last line may be cut and is left out.
    """
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return Guess(name, sure=True)
    text = sample if whole else sample[: sample.rfind(b"\n") + 1] or sample
    if _decodes(text, "utf-8", whole=whole):
        return Guess("utf-8", sure=True)
    scores = sorted(_scores(text, whole=whole).items(), key=lambda pair: -pair[1])
    (best, score), (_second, next_score) = scores[0], scores[1]
    return Guess(best, sure=score >= _SURE and score - next_score >= 1 - _SURE)


def chosen(name: str) -> Guess:
    """Take an encoding somebody named. Raises Rejected for one that Python does not know."""
    try:
        known = codecs.lookup(name).name
        "".encode(known)
    except (LookupError, ValueError):
        known = ""
    names = {codecs.lookup(choice).name for choice in CHOICES} | {"utf-8-sig"}
    if known not in names:
        reason = _("This encoding is not known; these are: %(names)s.", names=", ".join(CHOICES))
        raise Rejected(reason, {"encoding": reason})
    return Guess("utf-8-sig" if known == "utf-8" else known, sure=True)


def _scores(text: bytes, *, whole: bool) -> dict[str, float]:
    high = max(len(_HIGH.findall(text)), 1)
    western = "cp1252" if _decodes(text, "cp1252", whole=whole) else "latin-1"
    return {
        western: sum(map(len, _ALONE.findall(text))) / high,
        "gb18030": _share(text, "gb18030", _GB_COMMON, whole=whole),
        "big5": _share(text, "big5", _BIG5_COMMON, whole=whole),
    }


def _share(text: bytes, name: str, common: re.Pattern[bytes], *, whole: bool) -> float:
    """Tell which share of the letters outside ASCII is in daily use; 0 when it does not decode."""
    if not _decodes(text, name, whole=whole):
        return 0.0
    decoded = text.decode(name, "ignore")
    letters = [letter for letter in decoded if letter >= "\x80"]
    usual = sum(bool(common.fullmatch(letter.encode(name))) for letter in letters)
    return usual / max(len(letters), 1)


def _decodes(text: bytes, name: str, *, whole: bool) -> bool:
    """Tell whether text decodes; all but a few bytes may, in a file that somebody mixed up."""
    decoder = codecs.getincrementaldecoder(name)()
    try:
        decoder.decode(text, whole)
    except UnicodeDecodeError as fault:
        return _mostly_decodes(text, name) if fault.start else False
    return True


def _mostly_decodes(text: bytes, name: str) -> bool:
    """Go by lines: a file is in an encoding when all but one in twenty of its lines are."""
    if name in ("cp1252", "latin-1"):
        return False
    lines = [line for line in text.split(b"\n") if not line.isascii()]
    bad = 0
    for line in lines:
        try:
            line.decode(name)
        except UnicodeDecodeError:
            bad += 1
    return bad * 20 <= len(lines)
