"""Reads JSON from outside strictly: one meaning, exact numbers, text that a database can keep."""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from crm.errors import Rejected
from crm.i18n import gettext as _

MOST_DEPTH = 32
_MOST_INTEGER = 2**63
_MOST_DIGITS = 400
# Beyond a double's range nobody means it, and arithmetic on it would eat the memory.
_MOST_EXPONENT = 308
# How NUL and halves of a pair are written within ASCII; without one, no text can hold them.
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


def loads(body: bytes | str) -> Any:
    """Read one JSON text in UTF-8; fractions become Decimal, never float.

    Raises Rejected for duplicate names, NaN, infinity, integers beyond 64 bits, nesting deeper
    than 32, lone surrogates and NUL.
    """
    try:
        text = body if isinstance(body, str) else body.decode("utf-8-sig")
        value = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise Rejected(_("The body is not UTF-8 text.")) from None
    except json.JSONDecodeError as fault:
        place = {"line": fault.lineno, "column": fault.colno}
        raise Rejected(
            _("The body is not JSON (line %(line)s, column %(column)s).", **place)
        ) from None
    except RecursionError:
        raise _too_deep() from None
    _check_depth(value, 0)
    if not text.isascii() or _SUSPECT.search(text):
        _check_texts(value)
    return value


def _check_depth(value: Any, depth: int) -> None:
    if not isinstance(value, dict | list):
        return
    if depth >= MOST_DEPTH:
        raise _too_deep()
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            _check_depth(inner, depth + 1)


def _check_texts(value: Any) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_text(name)
            _check_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_texts(inner)


def _check_text(text: str) -> None:
    if text.isascii() and "\0" not in text:
        return
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Rejected(_("The body holds text with a NUL or half a character pair."))


def _too_deep() -> Rejected:
    return Rejected(_("The body is nested deeper than %(most)s levels.", most=MOST_DEPTH))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Rejected(_("The body names a field twice in one object."))
    return found


def _fraction(text: str) -> Decimal:
    if len(text) > _MOST_DIGITS:
        raise Rejected(_("The body holds a number with too many digits."))
    value = Decimal(text)
    if not value.is_finite() or abs(value.adjusted()) > _MOST_EXPONENT:
        raise Rejected(_("The body holds a number out of range."))
    return value


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS or not -_MOST_INTEGER <= (value := int(text)) < _MOST_INTEGER:
        raise Rejected(_("The body holds a whole number out of range."))
    return value


def _constant(_text: str) -> NoReturn:
    raise Rejected(_("The body holds NaN or infinity, which JSON does not know."))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs,
    parse_float=_fraction,
    parse_int=_integer,
    parse_constant=_constant,
)
