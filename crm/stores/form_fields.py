"""Fields of the forms a seller fills in: strict about types, every fault in the reader's words.

A constant fault is marked here and translated where a form gathers its faults by place.
"""

from collections.abc import Callable, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields

from crm.i18n import gettext as _
from crm.i18n import mark

_ALWAYS = {"required": mark("is required"), "null": mark("must not be null")}


class Form(Schema):
    """A form, or a part of one."""

    error_messages = {  # noqa: RUF012 - marshmallow reads it from the class
        "unknown": mark("is not known"),
        "type": mark("must be an object"),
    }


class Words(fields.String):
    """Text of a length between two bounds."""

    default_error_messages = {**_ALWAYS, "invalid": mark("must be text")}  # noqa: RUF012

    def __init__(self, most: int | None = None, least: int = 0, **options: Any) -> None:
        checks = [_length(least, most)] if most else []
        super().__init__(validate=[*checks, *options.pop("validate", ())], **options)


class Choice(fields.String):
    """One of a few words."""

    default_error_messages = {**_ALWAYS, "invalid": mark("must be text")}  # noqa: RUF012

    def __init__(self, words: Sequence[str], **options: Any) -> None:
        super().__init__(validate=_one_of(words), **options)


class Whole(fields.Integer):
    """A whole number between two bounds."""

    default_error_messages = {**_ALWAYS, "invalid": mark("must be a whole number")}  # noqa: RUF012

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(strict=True, validate=_range(least, most), **options)


class Flag(fields.Boolean):
    """true or false."""

    default_error_messages = {**_ALWAYS, "invalid": mark("must be true or false")}  # noqa: RUF012

    def __init__(self, **options: Any) -> None:
        super().__init__(truthy={True}, falsy={False}, **options)


class Instant(fields.AwareDateTime):
    """An instant with its offset from UTC, in ISO 8601."""

    default_error_messages = {  # noqa: RUF012
        **_ALWAYS,
        "invalid": mark("is not an instant such as 2026-12-01T10:00:00+01:00"),
        "invalid_awareness": mark("is not an instant such as 2026-12-01T10:00:00+01:00"),
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", **options)


class Part(fields.Nested):
    """A form within a form."""

    default_error_messages = {**_ALWAYS, "type": mark("must be an object")}  # noqa: RUF012


class Listed(fields.List[Any]):
    """A list."""

    default_error_messages = {**_ALWAYS, "invalid": mark("must be a list")}  # noqa: RUF012


class Mapping(fields.Dict):
    """An object."""

    default_error_messages = {**_ALWAYS, "invalid": mark("must be an object")}  # noqa: RUF012


def faults_by_place(messages: Any, whole: str) -> dict[str, str]:
    """Gather the faults of a form, in the reader's words; `whole` stands for the form itself."""
    return {place or whole: fault for place, fault in _gather(messages, "").items()}


def _gather(messages: Any, place: str) -> dict[str, str]:
    if isinstance(messages, dict):
        found: dict[str, str] = {}
        for key, inner in messages.items():
            # The forms' own steps into a part as a whole, and into a mapping's values.
            step = place if key in ("_schema", "key", "value") else f"{place}.{key}".lstrip(".")
            found |= _gather(inner, step)
        return found
    texts = messages if isinstance(messages, list) else [messages]
    return {place: " ".join(_(str(text)) for text in texts)}


def _length(least: int, most: int) -> Callable[[str], None]:
    def check(value: str) -> None:
        if not least <= len(value) <= most:
            said = mark("must have at most %(most)s characters")
            if least == 1:
                said = mark("must have 1 to %(most)s characters")
            raise ValidationError(_(said, most=most))

    return check


def _range(least: int, most: int) -> Callable[[int], None]:
    def check(value: int) -> None:
        if not least <= value <= most:
            raise ValidationError(_("must be from %(least)s to %(most)s", least=least, most=most))

    return check


def _one_of(words: Sequence[str]) -> Callable[[str], None]:
    def check(value: str) -> None:
        if value not in words:
            raise ValidationError(_("must be one of %(known)s", known=", ".join(words)))

    return check
