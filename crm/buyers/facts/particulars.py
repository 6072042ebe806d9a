"""Reads what somebody typed about a buyer: each field checked, every fault named at once."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from crm.buyers.facts.addresses import normalise_email, normalise_phone
from crm.buyers.zones import is_zone
from crm.errors import Rejected
from crm.i18n import gettext as _

_BIRTHDAY = re.compile(r"(?P<year>\d{4}|-)-(?P<month>\d\d)-(?P<day>\d\d)")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LUNAR_DAYS = 30
_MOST_ATTRIBUTES = 50
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def read_changes(changes: Mapping[str, Any], country: str | None) -> dict[str, Any]:
    """Check changes and give them as registers hold them; `country` reads national phones.

    Raises Rejected with errors by field.
    """
    given, errors = dict(changes), {}
    _spread_name(given)
    calendar = given.pop("birthday_calendar", None)
    said: dict[str, Any] = {}
    for field, value in given.items():
        try:
            said[field] = _read(field, value, country)
        except ValueError as fault:
            errors[field] = str(fault)
    if calendar is not None:
        _set_calendar(said, calendar, errors)
    if errors:
        raise Rejected(_("The buyer cannot be changed like this."), errors)
    return said


def _spread_name(given: dict[str, Any]) -> None:
    name = given.pop("name", None)
    if isinstance(name, str) and not given.keys() & {"first_name", "last_name"}:
        first, _space, last = name.strip().rpartition(" ")
        given["first_name"], given["last_name"] = (first, last) if first else (last, None)


def _read(field: str, value: Any, country: str | None) -> Any:
    reader = _READERS.get(field)
    if reader is None and field != "phone":
        raise ValueError(_("There is no such field to set."))
    if field == "attributes":
        return _attributes(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(_("must be text"))
    text = value.strip()
    if len(text) > 300 or _UNPRINTABLE.search(text):
        raise ValueError(_("must be one line of at most 300 characters"))
    if not text:
        return None
    return _phone(text, country) if reader is None else reader(text)


def _email(text: str) -> str:
    found = normalise_email(text)
    if found is None:
        raise ValueError(_("is not an email address"))
    return found


def _phone(text: str, country: str | None) -> str:
    found = normalise_phone(text, country)
    if found is None:
        raise ValueError(_("is not a phone number; write it with its country, such as +49 …"))
    return found


def _birthday(text: str) -> list[Any]:
    found = _BIRTHDAY.fullmatch(text)
    if found is None:
        raise ValueError(_("must read 1990-02-28, or --02-28 without the year"))
    year = None if found["year"] == "-" else int(found["year"])
    month, day = int(found["month"]), int(found["day"])
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:
        raise ValueError(_("is not a day of the year"))
    if year is not None and not 1900 <= year <= 2100:
        raise ValueError(_("needs a year from 1900 on"))
    return [year, month, day, "solar"]


def _set_calendar(said: dict[str, Any], calendar: Any, errors: dict[str, str]) -> None:
    birthday = said.get("birthday")
    if calendar not in ("solar", "lunar"):
        errors["birthday_calendar"] = _("must be solar or lunar")
    elif birthday and calendar == "lunar" and birthday[2] > _LUNAR_DAYS:
        errors["birthday"] = _("a lunar month has at most 30 days")
    elif birthday:
        birthday[3] = calendar


def _country(text: str) -> str:
    if text.upper() not in Locale("en").territories or len(text) != 2:
        raise ValueError(_("must be a country's two letters, such as DE"))
    return text.upper()


def _locale(text: str) -> str:
    try:
        Locale.parse(text.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise ValueError(_("must be a language such as de or zh-Hans")) from None
    return text


def _timezone(text: str) -> str:
    name = get_global("zone_aliases").get(text, text)
    if not is_zone(name):
        raise ValueError(_("must be a time zone such as Europe/Berlin"))
    return str(name)


def _attributes(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > _MOST_ATTRIBUTES:
        raise ValueError(_("must be an object of at most 50 names"))
    for name, held in value.items():
        if not isinstance(held, str | int | bool | None) or len(f"{name}{held}") > 500:
            raise ValueError(_("may hold short text, whole numbers, true and false"))
    return dict(value)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "email": _email,
    "first_name": str,
    "last_name": str,
    "birthday": _birthday,
    "city": str,
    "region": str,
    "postcode": str,
    "country": _country,
    "locale": _locale,
    "timezone": _timezone,
    "occupation": str,
    "attributes": str,
}
