"""Form fields for what platforms send: strict about meaning, generous about what we do not read."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from crm.errors import Rejected
from crm.events import Birthday
from crm.i18n import gettext as _
from crm.money import to_minor

_LINE = 500
# Control characters mean nothing in a name; line ends and tabs do in a review.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIRTHDAY = re.compile(r"(?:(?P<year>\d{4})-|--)(?P<month>\d{2})-(?P<day>\d{2})")
# Plain ASCII digits: Python would also take 1_000, １２ and NaN for numbers.
_AMOUNT = re.compile(r"-?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")
_MOST_AMOUNT = Decimal(10) ** 12


class Lax(Schema):
    """A form that passes over fields it does not know, in every object of the body."""

    class Meta:
        """Platforms add fields at will."""

        unknown = EXCLUDE


class Word(fields.Field[str | None]):
    """Text, trimmed and cut to `most` letters; empty text is None, or refused where required."""

    def __init__(self, most: int = _LINE, **options: Any) -> None:
        absent: dict[str, Any] = (
            {} if options.get("required") else {"load_default": None, "allow_none": True}
        )
        super().__init__(**absent, **options)
        self.most = most

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> str | None:
        if not isinstance(value, str):
            raise ValidationError(_("must be text"))
        text = _CONTROLS.sub(" ", value).strip()[: self.most].strip()
        if self.required and not text:
            raise ValidationError(_("must not be empty"))
        return text or None


class Country(fields.Field[str | None]):
    """An ISO 3166 code of two letters; what is none says nothing about the country."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_none=True, load_default=None, **options)

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> str | None:
        code = value.strip().upper() if isinstance(value, str) else ""
        return code if len(code) == 2 and code.isascii() and code.isalpha() else None


class _Blank:
    """Empty text where nothing has to be said says nothing."""

    required: bool

    def deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        """Read a value, taking empty text for none."""
        nothing = value == "" and not self.required
        return super().deserialize(None if nothing else value, *rest, **more)  # type: ignore[misc]


class ExternalId(_Blank, fields.Field[str]):
    """An id given as text or as a whole number; a fraction may have lost digits on its way."""

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        text = _CONTROLS.sub("", value).strip() if isinstance(value, str) else ""
        if not 0 < len(text) <= 200:
            raise ValidationError(_("must be an id: text or a whole number"))
        return text


class Amount(_Blank, fields.Field[Decimal]):
    """Money as decimal text or as a JSON number that was read exactly."""

    def __init__(self, *, signed: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.signed = signed

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> Decimal:
        written = isinstance(value, str) and _AMOUNT.fullmatch(value.strip())
        counted = isinstance(value, int | Decimal) and not isinstance(value, bool)
        if not (written or counted):
            raise ValidationError(_('must be an amount as decimal text such as "12.50"'))
        amount = Decimal(value)
        if abs(amount) >= _MOST_AMOUNT:
            raise ValidationError(_("is more than we can keep"))
        if amount < 0 and not self.signed:
            raise ValidationError(_("must not be negative"))
        return amount


class Count(fields.Field[int]):
    """A whole number from `low` to `high`, given as a number."""

    def __init__(self, low: int, high: int, **options: Any) -> None:
        super().__init__(**options)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not self.low <= value <= self.high:
            raise ValidationError(
                _("must be a whole number from %(low)s to %(high)s", low=self.low, high=self.high)
            )
        return int(value)


class Rows(fields.List[Any]):
    """A list of at most `most` things; null is a list of none."""

    def __init__(self, of: fields.Field[Any], most: int = 1000) -> None:
        super().__init__(of, load_default=list, validate=validate.Length(max=most))

    def deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        """Read a list, taking null for an empty one."""
        return super().deserialize([] if value is None else value, *rest, **more)


class Flag(fields.Field[bool]):
    """True or false and nothing that looks like it; null is not said."""

    def __init__(self) -> None:
        super().__init__(load_default=None)

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(_("must be true or false"))
        return value


class Moment(_Blank, fields.Field[datetime]):
    """An instant with its offset from UTC; `naive_is_utc` reads one without as UTC."""

    def __init__(self, *, naive_is_utc: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.naive_is_utc = naive_is_utc

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> datetime:
        moment = read_moment(value, naive_is_utc=self.naive_is_utc)
        if moment is None:
            raise ValidationError(
                _("must be a time with its offset from UTC, such as 2026-11-21T09:00:00Z")
            )
        return moment


class Day(_Blank, fields.Field[Birthday]):
    """A birthday: 1990-02-29, or --02-29 where the year is not known."""

    def _deserialize(self, value: Any, *_rest: Any, **_more: Any) -> Birthday:
        birthday = read_birthday(value)
        if birthday is None:
            raise ValidationError(_("must be a birthday such as 1990-02-28 or --02-29"))
        return birthday


def read_moment(value: Any, *, naive_is_utc: bool = False) -> datetime | None:
    """Read ISO 8601 text as aware UTC; None where it is none or lies outside 1970-2999."""
    if not isinstance(value, str) or not 16 <= len(value) <= 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC) if naive_is_utc else moment
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo and 1970 <= moment.year < 3000 else None


def latest(things: Iterable[Mapping[str, Any]], name: str) -> str | None:
    """Give the latest of the times under a name; None where none has one."""
    moments = [moment for thing in things if (moment := read_moment(thing.get(name)))]
    return max(moments).isoformat() if moments else None


def read_birthday(value: Any) -> Birthday | None:
    """Read a birthday; None where it is none.

    29 February stands beside a common year too: people mistype the year, not their day.
    """
    found = _BIRTHDAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    month, day = int(found["month"]), int(found["day"])
    year = int(found["year"]) if found["year"] else None
    try:
        date(2000, month, day)
    except ValueError:
        return None
    known = year if year is not None and 1900 <= year < 2100 else None
    return Birthday(month=month, day=day, year=known)


def load(form: type[Schema], payload: Any, place: str = "") -> dict[str, Any]:
    """Load an object through a form. Raises Rejected with the errors by dotted place."""
    if not isinstance(payload, Mapping):
        raise Rejected(_("%(place)s is not a JSON object.", place=place or _("The body")))
    try:
        loaded: dict[str, Any] = _ready(form).load(payload)
    except ValidationError as error:
        raise unreadable(_by_place(error.messages, place)) from None
    return loaded


@cache
def _ready(form: type[Schema]) -> Schema:
    """Build a form once: that takes longer than reading an order with it."""
    return form()


def unreadable(errors: Mapping[str, str]) -> Rejected:
    """Make the refusal of a body whose fields are wrong; it says where, never what stood there."""
    listed = "; ".join(
        f"{place}: {fault.rstrip('.')}" for place, fault in list(errors.items())[:10]
    )
    return Rejected(_("The body cannot be used. %(faults)s.", faults=listed), errors)


def minor(amount: Decimal | None, currency: str) -> int:
    """Turn an amount into minor units; None is nothing."""
    return 0 if amount is None else to_minor(amount, currency)


def _by_place(messages: Any, place: str) -> dict[str, str]:
    if isinstance(messages, dict):
        found: dict[str, str] = {}
        for key, inner in messages.items():
            found |= _by_place(inner, f"{place}.{key}" if place else str(key))
        return found
    return {place: " ".join(str(text) for text in messages)}
