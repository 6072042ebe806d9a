"""Reads what a reader typed into a form; the checks stay with the verbs that are called."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from flask import request

from crm.errors import Rejected
from crm.gates.hours import local_instant
from crm.i18n import gettext as _

Row = TypeVar("Row")
PAGE = 40


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """One page of a list; `next` is the id to go on before, None at the end."""

    rows: Sequence[Row]
    next: int | None


def page_of(rows: Sequence[Row], limit: int = PAGE) -> Slice[Row]:
    """Cut a list that was read one longer than a page."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Slice(shown, shown[-1].id if more else None)  # type: ignore[attr-defined]


def before() -> int | None:
    """Read where the page before ended."""
    return whole_arg("before")


def whole_arg(name: str) -> int | None:
    """Read a whole number of the address; anything else is nothing."""
    given = request.values.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None


def choice_arg(name: str, allowed: Sequence[str]) -> str | None:
    """Read one of a few words of the address."""
    given = request.values.get(name, "")
    return given if given in allowed else None


def text(name: str) -> str:
    """Read a text without the blanks around it."""
    return request.form.get(name, "").strip()


def optional(name: str) -> str | None:
    """Read a text; an empty field is None."""
    return text(name) or None


def number(name: str) -> Any:
    """Read a whole number; what is none is given on, so that the verb names the field."""
    given = text(name)
    sign = given.removeprefix("-")
    return int(given) if sign.isascii() and sign.isdigit() and len(sign) < 18 else given or None


def on(name: str) -> bool:
    """Read a tick."""
    return name in request.form


def several(name: str) -> list[str]:
    """Read every value of a field that may be given more than once."""
    return [value for value in request.form.getlist(name) if value]


def listed(name: str) -> list[str]:
    """Read words parted by commas, whatever the script."""
    given = text(name).replace("，", ",").replace("、", ",").replace("\n", ",")
    return [word.strip() for word in given.split(",") if word.strip()]


def document(name: str) -> Any:
    """Read JSON; what is none is None."""
    try:
        return json.loads(text(name) or "null")
    except ValueError:
        return None


def wall_time(name: str, zone: ZoneInfo) -> datetime | None:
    """Read a date and time of the store's clock. Raises Rejected naming the field."""
    given = text(name)
    if not given:
        return None
    try:
        wall = datetime.fromisoformat(given).replace(tzinfo=None)
    except ValueError:
        wanted = _("Give a date and a time such as 2026-12-01 10:00.")
        raise Rejected(_("This is not a date and time."), {name: wanted}) from None
    return local_instant(wall, zone)
