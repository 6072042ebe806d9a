from decimal import Decimal

import pytest

from crm.errors import Rejected
from crm.money import Money, is_currency, to_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("59.90", "EUR", 5990),
        ("-5.00", "EUR", -500),
        (" 12 ", "EUR", 1200),
        (7, "EUR", 700),
        (Decimal("40.882"), "EUR", 4088),
        (Decimal("40.885"), "EUR", 4089),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
    ],
)
def test_amounts_become_minor_units_of_their_currency(
    amount: object, currency: str, minor: int
) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    "amount",
    [
        0.1,
        True,
        None,
        "",
        "abc",
        "1_000",
        "1e3",
        "NaN",
        "Infinity",
        "٣",
        "12,50",
        "9" * 19,
        Decimal("NaN"),
        Decimal("1e400"),
        10**16,
    ],
)
def test_what_is_not_an_exact_amount_is_refused(amount: object) -> None:
    with pytest.raises(Rejected):
        to_minor(amount, "EUR")


def test_an_amount_is_written_with_its_currencys_places() -> None:
    assert Money(1250, "EUR").as_json() == {"amount": "12.50", "currency": "EUR"}
    assert Money(-5, "EUR").amount == "-0.05"
    assert Money(1250, "JPY").amount == "1250"
    assert Money(123450, "EUR").words("de") == "1.234,50\xa0€"


def test_a_currency_is_one_of_iso_4217() -> None:
    assert is_currency("CNY")
    assert not is_currency("XXXX")
    assert not is_currency("eur")
