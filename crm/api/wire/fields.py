"""Fields that take exactly what they say: no 1.9 for 1, no "yes" for true, no NUL, no surrogate."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, validate

from crm.i18n import gettext as _
from crm.i18n import mark

_ID = re.compile(r"[1-9][0-9]{0,17}")
_INT_MOST = 10**9
_EPOCH, _DOOMSDAY = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Text(fields.String):
    """Text without NUL or half characters, `shortest` to `longest` characters."""

    def __init__(self, *, shortest: int = 0, longest: int = 500, **options: Any) -> None:
        super().__init__(validate=validate.Length(shortest, longest), **options)

    def _deserialize(self, value: Any, *place: Any, **options: Any) -> str:
        text = super()._deserialize(value, *place, **options)
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValidationError(mark("contains characters that cannot be kept"))
        return text


class Word(fields.String):
    """One of a few words."""

    def __init__(self, words: Iterable[str], **options: Any) -> None:
        super().__init__(validate=validate.OneOf(tuple(words)), **options)


class Whole(fields.Integer):
    """A whole number from `least` to `most`, never a float or a text in JSON."""

    def __init__(self, least: int = 0, most: int = _INT_MOST, **options: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(least, most), **options)

    def _deserialize(self, value: Any, *_place: Any, **_options: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return value


class QueryWhole(Whole):
    """A whole number written with plain digits in a query."""

    def _deserialize(self, value: Any, *_place: Any, **_options: Any) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,9}", value):
            raise self.make_error("invalid", input=value)
        return int(value)


class Flag(fields.Boolean):
    """true or false and nothing that resembles them."""

    def _deserialize(self, value: Any, *_place: Any, **_options: Any) -> bool:
        if value is True or value is False:
            return bool(value)
        raise self.make_error("invalid", input=value)


class QueryFlag(fields.Boolean):
    """The words true and false in a query."""

    def _deserialize(self, value: Any, *_place: Any, **_options: Any) -> bool:
        if value in ("true", "false"):
            return bool(value == "true")
        raise self.make_error("invalid", input=value)


class Id(fields.String):
    """An id: digits as text; loaded as an int."""

    def _deserialize(self, value: Any, *place: Any, **options: Any) -> Any:
        text = super()._deserialize(value, *place, **options)
        if not _ID.fullmatch(text):
            raise ValidationError(mark("is not an id"))
        return int(text)


class Moment(fields.String):
    """An RFC 3339 instant with its offset; loaded as aware UTC."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"format": "date-time"}, **options)

    def _deserialize(self, value: Any, *place: Any, **options: Any) -> Any:
        text = super()._deserialize(value, *place, **options)
        try:
            moment = datetime.fromisoformat(text)
            if is_sane(moment):
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ValidationError(mark("is not an instant such as 2026-12-01T10:00:00+01:00"))


def is_sane(moment: datetime) -> bool:
    """Tell whether an instant is aware and far from where moving it between zones overflows."""
    return moment.tzinfo is not None and _EPOCH <= moment < _DOOMSDAY


class Day(fields.String):
    """A date such as 2026-12-01."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"format": "date"}, **options)

    def _deserialize(self, value: Any, *place: Any, **options: Any) -> Any:
        text = super()._deserialize(value, *place, **options)
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
                day = date.fromisoformat(text)
                if _EPOCH.date() <= day < _DOOMSDAY.date():
                    return day
        except ValueError:
            pass
        raise ValidationError(mark("is not a date such as 2026-12-01"))


class Amount(fields.String):
    """Money as decimal text such as 12.50; kept as text until the currency is known."""

    def _deserialize(self, value: Any, *place: Any, **options: Any) -> str:
        text = super()._deserialize(value, *place, **options)
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,4})?", text):
            raise ValidationError(mark("is not an amount such as 12.50"))
        return text


class Price(Amount):
    """Money as decimal text or, as answers write it, with its currency; loaded as a pair."""

    def _deserialize(self, value: Any, *place: Any, **options: Any) -> Any:
        currency = None
        if isinstance(value, dict) and value.keys() == {"amount", "currency"}:
            value, currency = value["amount"], value["currency"]
        return super()._deserialize(value, *place, **options), currency


class Zone(Text):
    """An IANA time zone."""

    def _deserialize(self, value: Any, *place: Any, **options: Any) -> str:
        text = super()._deserialize(value, *place, **options)
        if text not in available_timezones():
            raise ValidationError(mark("is not a time zone such as Europe/Berlin"))
        return text


class TextList(fields.List[str]):
    """Some short texts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Text(shortest=1, longest=100), validate=validate.Length(0, 100), **options)


class Tree(fields.Dict):
    """A JSON object whose inside is checked by the part that owns it; 12.50 becomes "12.50"."""

    write: Callable[[Decimal], Any] = str

    def __init__(self, **options: Any) -> None:
        super().__init__(keys=fields.String(), **options)

    def _deserialize(self, value: Any, *place: Any, **options: Any) -> Any:
        tree = super()._deserialize(value, *place, **options)  # type: ignore[no-untyped-call]
        return _settled(tree, type(self).write)


class Attributes(Tree):
    """A JSON object that is kept as it came, with numbers as JSON has them."""

    write = float


def _settled(value: Any, write: Callable[[Decimal], Any]) -> Any:
    """Write the exact fractions of a tree as the database can keep them."""
    if isinstance(value, dict):
        return {name: _settled(inner, write) for name, inner in value.items()}
    if isinstance(value, list):
        return [_settled(inner, write) for inner in value]
    return write(value) if isinstance(value, Decimal) else value


class Form(Schema):
    """A body or a query; what it does not name is refused."""


def flatten(messages: Any, place: str = "") -> dict[str, str]:
    """Turn marshmallow's nested messages into one text for each dotted field."""
    if isinstance(messages, Mapping):
        found: dict[str, str] = {}
        for key, inner in messages.items():
            inside = place if key == "_schema" else f"{place}.{key}".lstrip(".")
            found |= flatten(inner, inside)
        return found
    texts = messages if isinstance(messages, list) else [messages]
    return {place or "body": " ".join(_(str(text)) for text in texts)}
