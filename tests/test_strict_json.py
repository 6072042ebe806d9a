"""JSON from outside has one meaning, or none."""

import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import strict_json
from crm.errors import Rejected


def test_fractions_stay_exact() -> None:
    assert strict_json.loads(b'{"a": 0.1, "b": 40.882, "c": 1e2}') == {
        "a": Decimal("0.1"),
        "b": Decimal("40.882"),
        "c": Decimal(100),
    }


def test_a_large_id_stays_whole() -> None:
    assert strict_json.loads(b"820982911946154508") == 820982911946154508


def test_a_byte_order_mark_is_passed_over() -> None:
    assert strict_json.loads(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"{} {}",
        b'{"a": 1, "a": 2}',
        b'{"x": {"a": 1, "a": 1}}',
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"1e400",
        b"-1e400",
        b"1e-400",
        b"9" * 19 + b"99",
        b"-" + b"9" * 20,
        b"9" * 100_000,
        b"1." + b"3" * 100_000,
        b"[" * 33 + b"]" * 33,
        b"[" * 200_000,
        b'{"a":' * 50_000,
        b'"\\ud800"',
        b'{"\\udfff": 1}',
        b'"\\uDBFF"',
        '"ü\\u0000"'.encode(),
        b'"a\\u0000b"',
        b'"\x00"',
        b'"\xff"',
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_what_has_no_one_meaning_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        strict_json.loads(body)


def test_thirty_two_levels_are_read() -> None:
    strict_json.loads(b"[" * 32 + b"]" * 32)


def test_a_whole_character_pair_is_one_letter() -> None:
    assert strict_json.loads(rb'"\ud83c\udf75"') == "🍵"


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_read_or_refused(body: bytes) -> None:
    with suppress(Rejected):
        json.dumps(strict_json.loads(body), default=str)
