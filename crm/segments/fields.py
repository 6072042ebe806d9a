"""Kinds of params: strict about types, with a fault a seller can act on."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

from crm.i18n import gettext as _
from crm.i18n import mark

MOST_DAYS = 36_500
_MOST_TEXT = 200
_MOST_LISTED = 200
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?", re.ASCII)
_ID = re.compile(r"[1-9]\d{0,17}", re.ASCII)


class Param(fields.Field[Any]):
    """A param with a label; `type_name` tells a form which control to draw."""

    type_name = "text"
    default_error_messages = {  # noqa: RUF012 - marshmallow reads it from the class
        "required": mark("is required"),
        "null": mark("must not be null"),
    }

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(**options)
        self.label = label

    def limits(self) -> dict[str, Any]:
        """Tell a form what it may offer: minimum, maximum, choices."""
        return {}


class Flag(Param):
    """true or false."""

    type_name = "flag"

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(_("must be true or false"))
        return value


class Whole(Param):
    """A whole number between two bounds."""

    type_name = "number"

    def __init__(self, label: str, least: int = 0, most: int = 10**9, **options: Any) -> None:
        super().__init__(label, **options)
        self.least, self.most = least, most

    def limits(self) -> dict[str, Any]:
        """Tell the bounds."""
        return {"minimum": self.least, "maximum": self.most}

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError(_("must be a whole number"))
        if not self.least <= value <= self.most:
            wanted = {"least": self.least, "most": self.most}
            raise ValidationError(_("must be from %(least)s to %(most)s", **wanted))
        return value


class Amount(Param):
    """An amount as decimal text, such as "12.50"; a whole number is taken as well."""

    type_name = "amount"

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> Decimal:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not _AMOUNT.fullmatch(text):
            raise ValidationError(_('must be decimal text such as "12.50"'))
        return Decimal(text)


class Word(Param):
    """A text that is not empty."""

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise ValidationError(_("must be a text that is not empty"))
        if len(value) > _MOST_TEXT:
            raise ValidationError(_("must have at most %(most)s characters", most=_MOST_TEXT))
        if not value.isprintable():
            raise ValidationError(_("must not contain control characters"))
        return value.strip()


class Country(Word):
    """A country code of two letters (ISO 3166), upper-cased."""

    type_name = "country"

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> str:
        code = super()._deserialize(value)
        if not re.fullmatch(r"[A-Za-z]{2}", code):
            raise ValidationError(_("must be a country code of two letters, such as DE"))
        return code.upper()


class Reference(Param):
    """The id of something of ours, as text."""

    type_name = "reference"

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> int:
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise ValidationError(_("must be an id, as text"))
        return int(value)


class Choice(Param):
    """One of a few words; `choices` are pairs of a word and its label."""

    type_name = "choice"

    def __init__(self, label: str, choices: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(label, **options)
        self.choices = tuple(choices)

    def limits(self) -> dict[str, Any]:
        """List the words with their labels in the reader's language."""
        return {"choices": [{"value": word, "label": _(label)} for word, label in self.choices]}

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> str:
        words = [word for word, _label in self.choices]
        if not isinstance(value, str) or value not in words:
            raise ValidationError(_("must be one of %(words)s", words=", ".join(words)))
        return value


class Scalar(Word):
    """A text, a whole number or a flag, kept as the text it is compared by."""

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int) and abs(value) < 10**18:
            return str(value)
        return super()._deserialize(value)


class Listed(Param):
    """A list of at least one value of another kind, each once, in the order given."""

    def __init__(self, inner: Param, **options: Any) -> None:
        super().__init__(inner.label, **options)
        self.inner = inner
        self.type_name = f"{inner.type_name}_list"

    def limits(self) -> dict[str, Any]:
        """Tell what each value may be."""
        return self.inner.limits()

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise ValidationError(_("must be a list of at least one value"))
        if len(value) > _MOST_LISTED:
            raise ValidationError(_("must have at most %(most)s values", most=_MOST_LISTED))
        return tuple(dict.fromkeys(self._each(value)))

    def _each(self, values: list[Any]) -> list[Any]:
        kept, faults = [], {}
        for place, one in enumerate(values):
            try:
                kept.append(self.inner.deserialize(one))
            except ValidationError as fault:
                faults[str(place)] = fault.messages
        if faults:
            raise ValidationError(faults)
        return kept
