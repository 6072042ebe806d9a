"""Reads Medusa's amounts: numbers with more decimals than the currency has, never rounded here."""

from decimal import Decimal
from typing import Any

from crm.errors import Rejected
from crm.i18n import gettext as _

# Twelve decimals are kept, as our plugin keeps them; the rest cannot move a cent.
_FINEST = Decimal(1).scaleb(-12)
_MOST = Decimal(10) ** 12


def exact(thing: dict[str, Any], name: str) -> Decimal:
    """Read an amount or a quantity; what is not there is nothing. Raises Rejected."""
    value = thing.get(name)
    if value is None:
        return Decimal()
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Rejected(_("%(name)s is not a number.", name=name))
    amount = Decimal(value)
    if not amount.copy_abs() < _MOST:
        raise Rejected(_("%(name)s is more than we can keep.", name=name))
    return amount.quantize(_FINEST, rounding="ROUND_DOWN").normalize() + 0
