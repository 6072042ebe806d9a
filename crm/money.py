"""Money as an exact number of minor units with its currency; no float ever."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.core import get_global
from babel.numbers import format_currency

from crm.errors import Rejected
from crm.i18n import gettext as _

_MAX_MINOR = 10**15
# Decimal() alone also takes "1_000", "1e3", "NaN" and the digits of every script.
_PLAIN = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, fen, yen) of one currency."""

    minor: int
    currency: str

    @property
    def amount(self) -> str:
        """The amount as decimal text with the currency's own number of places."""
        places = minor_places(self.currency)
        return f"{Decimal(self.minor).scaleb(-places):.{places}f}"

    def as_json(self) -> dict[str, str]:
        """The pair every answer of the interface carries."""
        return {"amount": self.amount, "currency": self.currency}

    def words(self, locale: str) -> str:
        """The amount as people of `locale` write it."""
        exact = Decimal(self.minor).scaleb(-minor_places(self.currency))
        return format_currency(exact, self.currency, locale=locale.replace("-", "_"))


def minor_places(currency: str) -> int:
    """Tell how many decimal places a currency has (ISO 4217; 0 for JPY, 3 for KWD)."""
    fractions: dict[str, tuple[int, ...]] = get_global("currency_fractions")  # type: ignore[assignment]
    return fractions.get(currency, fractions["DEFAULT"])[0]


def to_minor(amount: Any, currency: str) -> int:
    """Turn decimal text, an int or a Decimal into minor units, half up.

    Storefronts send more places than the currency has (40.882 EUR); those are rounded.
    Raises Rejected for a float, a non-number, NaN, infinity or an absurd size.
    """
    if isinstance(amount, bool | float) or not isinstance(amount, str | int | Decimal):
        raise Rejected(_("%(amount)s is not decimal text such as 12.50.", amount=repr(amount)))
    if isinstance(amount, str) and not _PLAIN.fullmatch(amount.strip()):
        raise Rejected(_("%(amount)s is not an amount of money.", amount=repr(amount)))
    exact = Decimal(amount.strip() if isinstance(amount, str) else amount)
    if not exact.is_finite() or abs(exact) >= _MAX_MINOR:
        raise Rejected(_("%(amount)s is more money than we can keep.", amount=repr(amount)))
    scaled = exact.scaleb(minor_places(currency))
    return int(scaled.to_integral_value(rounding=ROUND_HALF_UP))


def is_currency(code: str) -> bool:
    """Tell whether `code` is a current or past ISO 4217 code."""
    return len(code) == 3 and code in get_global("all_currencies")
