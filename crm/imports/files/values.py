"""Reads cells as people write them: one meaning or none; what could mean two things is refused."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from crm.i18n import gettext as _

# What a spreadsheet would take for a formula: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MONEY_SIGNS = re.compile(r"^(?:[A-Z]{3}|[€$£¥₩])\s*|\s*(?:[A-Z]{3}|[€$£¥₩])$")
_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,8})?")
_COMMA = re.compile(r"-?[0-9]{1,15},(?:[0-9]{1,2}|[0-9]{4,8})")
_GROUPED_POINT = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,8}|-?[0-9]{1,3}(?:,[0-9]{3}){2,}")
_GROUPED_COMMA = re.compile(
    r"-?[0-9]{1,3}(?:[. ’'][0-9]{3})+,[0-9]{1,8}|-?[0-9]{1,3}(?:\.[0-9]{3}){2,}"
)
_DAY = r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
_DAY_DOTS = r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"
_DAY_HAN = r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日"
_CLOCK = r"(?:[T ]\s*(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:\.\d{1,9})?)?)?"
_MOMENTS = [re.compile(day + _CLOCK) for day in (_DAY, _DAY_DOTS, _DAY_HAN)]
_SLASHED = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}.*")
_BIRTHDAYS = (
    re.compile(r"(?:(?P<y>\d{4})|-)-(?P<m>\d{1,2})-(?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})[/.](?P<m>\d{1,2})[/.](?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"),
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})?"),
    re.compile(r"(?:(?P<y>\d{4})年)?(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号號]"),
)
_YES = frozenset(("true", "yes", "y", "1", "ja", "wahr", "是", "真", "subscribed"))
_NO = frozenset(("false", "no", "n", "0", "nein", "falsch", "否", "假", "unsubscribed"))


def safe(cell: str) -> str:
    """Keep a cell from being a formula in whatever opens it; `bare` undoes it."""
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def bare(cell: str) -> str:
    """Take off the mark that `safe`, or a spreadsheet, put in front of a text."""
    is_marked = cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA)
    return cell[1:] if is_marked else cell


def money(text: str, _zone: ZoneInfo) -> str:
    """Give an amount as decimal text. Raises ValueError."""
    plain = _MONEY_SIGNS.sub("", text.replace("\xa0", " ").replace("\u202f", " ")).strip()
    if _PLAIN.fullmatch(plain):
        return plain
    if _COMMA.fullmatch(plain):
        return plain.replace(",", ".")
    if _GROUPED_POINT.fullmatch(plain):
        return plain.replace(",", "")
    if _GROUPED_COMMA.fullmatch(plain):
        return re.sub(r"[. ’']", "", plain).replace(",", ".")
    if re.fullmatch(r"-?[0-9]{1,3},[0-9]{3}", plain):
        raise ValueError(_("could be thousands or a fraction; write 1234.00 or 1.234"))
    raise ValueError(_("is not an amount such as 12.50"))


def moment(text: str, zone: ZoneInfo) -> str:
    """Give an instant as ISO 8601 in UTC; one without an offset is of the shop. Raises ValueError.

    A day alone begins at midnight.
    """
    try:
        exact = datetime.fromisoformat(text)
    except ValueError:
        exact = _moment_of_people(text)
    local = exact if exact.tzinfo else exact.replace(tzinfo=zone)
    return local.astimezone(UTC).isoformat()


def birthday(text: str, _zone: ZoneInfo) -> str:
    """Give a birthday as 1990-02-28 or --02-28. Raises ValueError."""
    if _SLASHED.fullmatch(text):
        raise ValueError(_ambiguous())
    for pattern in _BIRTHDAYS:
        found = pattern.fullmatch(text)
        if found:
            year = found["y"] or "-"
            return f"{year}-{int(found['m']):02d}-{int(found['d']):02d}"
    raise ValueError(_("must be a birthday such as 1990-02-28 or --02-29"))


def flag(text: str, _zone: ZoneInfo) -> bool:
    """Give true or false. Raises ValueError."""
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(_("must be yes or no"))


def whole(text: str, _zone: ZoneInfo) -> int:
    """Give a whole number. Raises ValueError."""
    if not re.fullmatch(r"-?[0-9]{1,9}(?:\.0+)?", text):
        raise ValueError(_("must be a whole number"))
    return int(text.partition(".")[0])


def country(text: str, _zone: ZoneInfo) -> str:
    """Give a country's two letters, also for its name in our languages. Raises ValueError."""
    known = _countries()
    code = known.get(text.casefold())
    if code is None:
        raise ValueError(_("must be a country's two letters, such as DE"))
    return code


def words(text: str, _zone: ZoneInfo) -> list[str]:
    """Give words parted by commas, semicolons or bars."""
    return [part.strip() for part in re.split(r"[,;|]", text) if part.strip()]


def lower(text: str, _zone: ZoneInfo) -> str:
    """Give a word of a closed list as the list spells it."""
    return text.casefold().replace(" ", "_").replace("-", "_")


def line(text: str, _zone: ZoneInfo) -> str:
    """Give text as it stands."""
    return text


READERS: Mapping[str, Callable[[str, ZoneInfo], Any]] = {
    "money": money,
    "moment": moment,
    "birthday": birthday,
    "flag": flag,
    "whole": whole,
    "country": country,
    "words": words,
    "choice": lower,
    "text": line,
}


def _moment_of_people(text: str) -> datetime:
    if _SLASHED.fullmatch(text):
        raise ValueError(_ambiguous())
    for pattern in _MOMENTS:
        found = pattern.fullmatch(text)
        if found:
            hour, minute, second = (int(found[part] or 0) for part in "HMS")
            try:
                day = date(int(found["y"]), int(found["m"]), int(found["d"]))
                return datetime.combine(day, time(hour, minute, second))
            except ValueError:
                break
    raise ValueError(_("must be a time such as 2026-01-31 or 2026-01-31 15:04"))


@cache
def _countries() -> dict[str, str]:
    known: dict[str, str] = {}
    for language in ("en", "de", "zh_Hans", "zh_Hant"):
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                known |= {name.casefold(): code, code.casefold(): code}
    return known


def _ambiguous() -> str:
    return _("could be the day or the month first; write 2026-01-31 or 31.01.2026")
