"""Values of a template that read well by themselves and still have parts."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Self

from babel.dates import format_date

from crm.i18n import babel_locale


class LocalDate(date):
    """A day that prints as people of a language write it; the `date` filter changes the form."""

    language: str

    @classmethod
    def of(cls, day: date, language: str) -> Self:
        """Make one from a plain date."""
        made = cls(day.year, day.month, day.day)
        made.language = language
        return made

    def __str__(self) -> str:
        return format_date(self, "long", locale=babel_locale(self.language))


class Line(dict[str, Any]):
    """One line of an order: title, quantity, price, total."""

    def __str__(self) -> str:
        return f"{self['quantity']} × {self['title']}"


class Lines(tuple[Line, ...]):
    """The lines of an order, to loop over or to print as they are."""

    __slots__ = ()

    def __new__(cls, lines: Iterable[Line]) -> Self:
        return super().__new__(cls, tuple(lines))

    def __str__(self) -> str:
        return ", ".join(str(line) for line in self)
