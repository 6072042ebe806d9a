"""How a template says things: dates, money and numbers as the reader writes them."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from flask import Flask, g
from markupsafe import Markup

from crm import i18n
from crm.i18n import gettext, mark, ngettext
from crm.money import Money

_HAN = re.compile(r"[぀-ヿ㐀-鿿가-힯]")
_A_MOMENT = timedelta(seconds=45)
_RECENT = timedelta(days=6)
_TONES = 5
_FIELDS = {
    "email": mark("email"),
    "phone": mark("phone"),
    "first_name": mark("first name"),
    "last_name": mark("last name"),
    "birthday": mark("birthday"),
    "city": mark("city"),
    "postcode": mark("postcode"),
    "country": mark("country"),
    "locale": mark("language"),
    "occupation": mark("occupation"),
}


def teach(app: Flask) -> None:
    """Give the templates of an application these words."""
    app.jinja_env.filters.update({word.__name__: word for word in _FILTERS})
    app.jinja_env.globals.update(
        {"_": gettext, "ngettext": ngettext, "language_name": language_name}
    )


def day(value: date | datetime) -> str:
    """Write a day, as `21 Nov 2026`."""
    if isinstance(value, datetime):
        value = value.astimezone(_zone()).date()
    return format_date(value, "medium", locale=_locale())


def moment(value: datetime) -> str:
    """Write a day and a time in the store's zone."""
    between = " " if i18n.locale().startswith("zh") else ", "
    clock = format_datetime(value.astimezone(_zone()), "HH:mm", locale=_locale())
    return f"{day(value)}{between}{clock}"


def full_day(value: datetime) -> str:
    """Write a day with its weekday."""
    return format_date(value.astimezone(_zone()).date(), "full", locale=_locale())


def wall_time(value: datetime | str) -> str:
    """Write an instant as a date-and-time field takes it, on the store's clock."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return at.astimezone(_zone()).strftime("%Y-%m-%dT%H:%M")


def when(value: datetime | None) -> Markup:
    """Write how long ago or ahead it is, the full moment on hovering; a far one as its day."""
    if value is None:
        return Markup('<span class="faint">–</span>')
    away = value - _now()
    words = day(value)
    if abs(away) < _A_MOMENT:
        words = gettext("just now")
    elif abs(away) <= _RECENT:
        words = format_timedelta(away, add_direction=True, locale=_locale())
    exact = value.astimezone(UTC).isoformat()
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, moment(value), words)


def month_day(month: int, day_of_month: int, year: int | None = None) -> str:
    """Write a birthday, with or without its year."""
    known = date(year or 2000, month, day_of_month)
    if year:
        return format_date(known, "long", locale=_locale())
    return format_skeleton("MMMMd", known, locale=_locale())


def money(minor: int, currency: str) -> str:
    """Write an amount of minor units."""
    return Money(minor, currency).words(i18n.locale())


def plain_amount(minor: int, currency: str) -> str:
    """Write an amount as a field takes it back: 12.50."""
    return Money(minor, currency).amount


def number(value: int) -> str:
    """Write a number with the reader's separators."""
    return format_decimal(value, locale=_locale())


def share(part: int, whole: int) -> str:
    """Write a share in per cent; a dash when there is nothing to divide by."""
    if not whole:
        return "–"
    return format_percent(part / whole, locale=_locale(), format="#,##0.# %" if part else None)


def person(first: str | None, last: str | None, otherwise: str | None = None) -> str:
    """Write a name in the order of its script: 王小明, Ada Brew."""
    if first and last and _HAN.search(first) and _HAN.search(last):
        return f"{last}{first}"
    return " ".join(part for part in (first, last) if part) or otherwise or gettext("Unnamed buyer")


def initials(name: str) -> str:
    """Take one or two letters of a name for the little round face."""
    if _HAN.search(name):
        return name.strip()[-2:] if len(name) <= 3 else name.strip()[:1]
    letters = [word[0] for word in name.split() if word[:1].isalnum()]
    return "".join(letters[:1] + letters[1:][-1:]).upper() or "·"


def tone(key: int) -> int:
    """Pick one of the calm colours of a face; the same buyer always has the same."""
    return key % _TONES


def listing(parts: list[str]) -> str:
    """Join words as the reader's language does."""
    return format_list(parts, locale=_locale()) if parts else ""


def field_name(field: str) -> str:
    """Say a particular of a buyer."""
    return gettext(_FIELDS.get(field, field))


def language_name(language: str) -> str:
    """Write a language in itself."""
    own = i18n.babel_locale(language)
    return {"zh-Hans": "简体中文", "zh-Hant": "繁體中文"}.get(language) or (
        own.get_language_name(own.language) or language
    ).capitalize()


def _locale() -> str:
    spoken = i18n.locale()
    return "en_GB" if spoken == "en" else spoken.replace("-", "_")


def _zone() -> ZoneInfo:
    desk = g.get("desk")
    return desk.zone if desk else ZoneInfo("UTC")


def _now() -> datetime:
    return g.desk.now if g.get("desk") else datetime.now(UTC)


_FILTERS: tuple[Callable[..., object], ...] = (
    day,
    full_day,
    moment,
    when,
    wall_time,
    month_day,
    money,
    plain_amount,
    number,
    share,
    person,
    initials,
    tone,
    listing,
    field_name,
)
